// A dialog with the picture of the camera. The camera is switched off when the dialog closes.

import { show } from "./dialog.js";
import { squarePicture } from "./digit-pad.js";
import { h } from "./dom.js";

/**
 * Lets a person take a picture, which is a square.
 *
 * @returns {Promise<HTMLCanvasElement | null>}
 */
export async function takePicture() {
  const stream = await navigator.mediaDevices?.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) throw new Error("There is no camera, or the browser may not use it.");
  const video = h("video", { autoplay: true, muted: true, playsInline: true, srcObject: stream, "aria-label": "What the camera sees" });
  const dialog = h("dialog", { "aria-labelledby": "camera-title" });
  return new Promise((resolve) => {
    /** @type {HTMLCanvasElement | null} */
    let picture = null;
    const take = () => {
      picture = squarePicture(video, video.videoWidth, video.videoHeight);
      dialog.close();
    };
    dialog.append(
      h("h2", { id: "camera-title" }, "Hold a digit into the camera"),
      h("p", {}, "The middle square of the picture is used. It stays on this computer."),
      video,
      h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: take }, "Take the picture"), h("form", { method: "dialog" }, h("button", {}, "Cancel"))),
    );
    dialog.addEventListener("close", () => {
      for (const track of stream.getTracks()) track.stop();
      resolve(picture);
    });
    show(dialog);
  });
}
