// Plays the films of a report: a slider chooses the epoch.
for (const film of document.querySelectorAll(".film")) {
  const data = JSON.parse(film.querySelector("script").textContent);
  const [slider, output] = [film.querySelector("input"), film.querySelector("output")];
  const part = (name) => film.querySelector(`[data-part=${name}]`);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

  // A canvas of so many pixels, for each of which `colour` gives red, green and blue.
  const picture = (width, height, title) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height, title });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", title);
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    const draw = (colour) => {
      for (let p = 0; p < width * height; p++) {
        image.data.set([...colour(p), 255], 4 * p);
      }
      context.putImageData(image, 0, 0);
    };
    return { canvas, draw };
  };
  // Below 0 blue, above 0 orange, as in the other pictures of the report.
  const signed = (share) => {
    const end = share < 0 ? [0, 114, 178] : [213, 94, 0];
    return end.map((to) => 250 + Math.min(1, Math.abs(share)) * (to - 250));
  };

  const filters = [];
  if (data.filters) {
    const [count, , height, width] = data.filters;
    for (let f = 0; f < count; f++) filters.push(picture(width, height, `filter ${f}`));
    part("filters").append(...filters.map((one) => one.canvas));
  }
  const samples = data.maps ? data.captions.map((caption) => {
    const [channels, height, width] = data.maps;
    const line = document.createElement("p");
    const maps = Array.from({ length: channels }, (_, c) => picture(width, height, `${caption}, map ${c}`));
    const row = Object.assign(document.createElement("div"), { className: "maps" });
    row.append(...maps.map((one) => one.canvas));
    part("maps").append(line, row);
    return { caption, line, maps };
  }) : [];
  const classes = data.classes.length;
  const confusion = classes ? picture(classes, classes, "confusion matrix") : null;
  if (confusion) {
    confusion.canvas.className = "matrix";
    part("confusion").append(confusion.canvas);
  }

  const TALL = 24;
  const weights = data.frames[0].weights.map(({ name, counts }) => {
    const bars = picture(counts.length, TALL, `histogram of ${name}`);
    bars.canvas.className = "weights";
    const [figure, caption] = [document.createElement("figure"), document.createElement("figcaption")];
    figure.append(bars.canvas, caption);
    part("weights").append(figure);
    return { ...bars, caption };
  });

  const show = () => {
    const frame = data.frames[slider.value];
    output.textContent = frame.epoch;
    slider.setAttribute("aria-valuetext", `epoch ${frame.epoch}`);
    if (frame.filters) {
      const [, channels, height, width] = data.filters;
      const [low, high] = frame.range;
      const [kept, plane] = [bytes(frame.filters), height * width];
      const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
      const weight = (f, c, p) => (low + ((high - low) * kept[(f * channels + c) * plane + p]) / 255) / most;
      filters.forEach(({ draw }, f) => draw((p) => {
        if (channels === 3) return [0, 1, 2].map((c) => 127.5 + 127.5 * weight(f, c, p));
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += weight(f, c, p) / channels;
        return signed(sum);
      }));
    }
    if (frame.maps) {
      const [channels, height, width] = data.maps;
      const [kept, plane] = [bytes(frame.maps), height * width];
      samples.forEach(({ caption, line, maps }, s) => {
        const says = data.classes[frame.says[s]];
        line.textContent = says === undefined ? caption : `true ${caption}, the network says ${says}`;
        maps.forEach(({ draw }, c) => draw((p) => Array(3).fill(kept[(s * channels + c) * plane + p])));
      });
    }
    if (confusion && frame.confusion.length) {
      confusion.draw((p) => {
        const truth = Math.floor(p / classes);
        const row = frame.confusion.slice(truth * classes, (truth + 1) * classes);
        const share = row[p % classes] / (row.reduce((sum, count) => sum + count, 0) || 1);
        return signed(truth === p % classes ? -Math.sqrt(share) : Math.sqrt(share));
      });
    }
    frame.weights.forEach(({ name, range: [low, high], counts }, n) => {
      const most = Math.max(...counts, 1);
      weights[n].caption.textContent = `${name}, ${low} to ${high}`;
      weights[n].draw((p) => {
        const height = TALL - Math.floor(p / counts.length);
        return counts[p % counts.length] / most >= (height - 0.5) / TALL ? [0, 114, 178] : [250, 250, 250];
      });
    });
  };
  slider.addEventListener("input", show);
  show();
}
