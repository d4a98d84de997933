/* part batch_norm */
/* scale (x - mean) rho + shift, for planes of so many elements. Without a scale, both are NULL. */
static void batch_norm(const float *x, const float *mean, const float *rho, const float *scale, const float *shift,
                       float *y, int channels, int plane) {
    for (int c = 0; c < channels; c++) {
        for (int i = c * plane; i < (c + 1) * plane; i++) {
            y[i] = fmaf(scale ? scale[c] : 1.0f, (x[i] - mean[c]) * rho[c], shift ? shift[c] : 0.0f);
        }
    }
}

/* part group_norm */
/* A sum as four chains. */
static float sum_of(const float *x, int size) {
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int i = 0; i < size; i++) {
        sums[i % 4] += x[i];
    }
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

/* The sum of (x - mean)^2 as four chains. */
static float squares_of(const float *x, int size, float mean) {
    float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int i = 0; i < size; i++) {
        sums[i % 4] = fmaf(x[i] - mean, x[i] - mean, sums[i % 4]);
    }
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

/* scale (x - mean) rho + shift, with the moments of each group. Without a scale, both are NULL. */
static void group_norm(const float *x, const float *scale, const float *shift, float *y, int groups, int channels,
                       int plane, float epsilon) {
    const int size = channels / groups * plane;
    for (int g = 0; g < groups; g++) {
        const float mean = sum_of(x + g * size, size) / (float)size;
        const float variance = squares_of(x + g * size, size, mean) / (float)size;
        const float rho = 1.0f / sqrtf(variance + epsilon);
        for (int i = g * size; i < (g + 1) * size; i++) {
            const int c = i / plane;
            y[i] = fmaf(scale ? scale[c] : 1.0f, (x[i] - mean) * rho, shift ? shift[c] : 0.0f);
        }
    }
}

/* part embedding */
/* The rows of the nearest classes, as channels. The weights are (classes, features). */
static void embedding(const float *x, const float *w, float *y, int classes, int features, int steps) {
    for (int t = 0; t < steps; t++) {
        const double nearest = (double)x[t] + 0.5;
        const int class = nearest >= classes ? classes - 1 : nearest > 0.0 ? (int)nearest : 0;
        for (int f = 0; f < features; f++) {
            y[f * steps + t] = w[class * features + f];
        }
    }
}

/* part side */
/* What rows or columns of an image an output takes. */
enum rule {
    OUTSIDE_NOTHING, OUTSIDE_REFLECTED, OUTSIDE_NEAREST, OUTSIDE_REPEATED, REPEATED, LINEAR, LINEAR_ALIGNED
};

/* Rows or columns. `before` places of the output are before the input. */
typedef struct {
    int input, output;
    enum rule rule;
    int before;
} side;

/* The place of the input that place `o` of the output takes. Less than 0: there is none. */
static int place_of(side s, int o) {
    const int n = s.input, at = o - s.before;
    switch (s.rule) {
    case OUTSIDE_REFLECTED:
        return at < 0 ? -at : at < n ? at : 2 * (n - 1) - at;
    case OUTSIDE_NEAREST:
        return at < 0 ? 0 : at < n ? at : n - 1;
    case OUTSIDE_REPEATED:
        return at < 0 ? at + n : at < n ? at : at - n;
    case REPEATED:
        return o / (s.output / n);
    default:
        return at < n ? at : -1;
    }
}

/* part resample needs side */
/* Neighbours from the place `first` on, with their weights. */
typedef struct {
    int first, count;
    double weights[2];
} taps;

/* What place `o` of the output takes. */
static taps taps_of(side s, int o) {
    taps t = {place_of(s, o), 1, {1.0, 0.0}};
    const int n = s.input, m = s.output;
    double at;
    switch (s.rule) {
    case LINEAR:
        at = (2.0 * o + 1.0) * n / (2.0 * m) - 0.5;
        at = at > 0.0 ? at : 0.0;
        break;
    case LINEAR_ALIGNED:
        at = (double)o * (n - 1.0) / (m > 1 ? m - 1.0 : 1.0);
        break;
    default:
        t.count = t.first >= 0;
        return t;
    }
    t.first = (int)at;
    at -= t.first;
    if (at != 0.0 && t.first + 1 < n) {
        t.count = 2;
        t.weights[0] = 1.0 - at;
        t.weights[1] = at;
    }
    return t;
}

/* An output without places in the input is `outside`. */
static void resample(const float *x, float *y, int channels, float outside, side rows, side columns) {
    for (int c = 0; c < channels; c++) {
        const float *image = x + c * rows.input * columns.input;
        for (int oy = 0; oy < rows.output; oy++) {
            const taps down = taps_of(rows, oy);
            for (int ox = 0; ox < columns.output; ox++) {
                const taps right = taps_of(columns, ox);
                float sum = down.count && right.count ? 0.0f : outside;
                for (int r = 0; r < down.count; r++) {
                    for (int s = 0; s < right.count; s++) {
                        const float weight = (float)(down.weights[r] * right.weights[s]);
                        sum = fmaf(weight, image[(down.first + r) * columns.input + right.first + s], sum);
                    }
                }
                y[(c * rows.output + oy) * columns.output + ox] = sum;
            }
        }
    }
}

/* part softmax needs larger expf_ */
/* Over the channels of each place. */
static void softmax(const float *x, float *y, int channels, int places) {
    for (int p = 0; p < places; p++) {
        float most = -INFINITY, sum = 0.0f;
        for (int i = p; i < channels * places; i += places) {
            most = larger(most, x[i]);
        }
        for (int i = p; i < channels * places; i += places) {
            y[i] = expf_(x[i] - most);
            sum += y[i];
        }
        for (int i = p; i < channels * places; i += places) {
            y[i] /= sum;
        }
    }
}

/* part log_softmax needs larger expf_ lnf_ */
/* Over the channels of each place. */
static void log_softmax(const float *x, float *y, int channels, int places) {
    for (int p = 0; p < places; p++) {
        float most = -INFINITY, sum = 0.0f, ln;
        for (int i = p; i < channels * places; i += places) {
            most = larger(most, x[i]);
        }
        for (int i = p; i < channels * places; i += places) {
            sum += expf_(x[i] - most);
        }
        ln = lnf_(sum);
        for (int i = p; i < channels * places; i += places) {
            y[i] = (x[i] - most) - ln;
        }
    }
}

/* part dense */
/* The weights are (inputs, outputs). b may be NULL. */
static void dense(const float *restrict x, const float *restrict w, const float *restrict b, float *restrict y,
                  int inputs, int outputs) {
    for (int o = 0; o < outputs; o++) {
        y[o] = b ? b[o] : 0.0f;
    }
    for (int i = 0; i < inputs; i++) {
        for (int o = 0; o < outputs; o++) {
            y[o] = fmaf(x[i], w[i * outputs + o], y[o]);
        }
    }
}

/* part axis */
/* Windows along rows or columns. */
typedef struct {
    int input, output, kernel, stride, dilation, padding;
} axis;

/* part rounded_up */
/* n / step as the next whole number. 0 if n is less than 0. */
static int rounded_up(int n, int step) {
    return n > 0 ? (n + step - 1) / step : 0;
}

/* part taps needs axis rounded_up */
/* The taps of the window at `place` that are in the input: from the first one on, before the end. */
static int first_tap(int place, axis along) {
    return rounded_up(along.padding - place * along.stride, along.dilation);
}

static int end_tap(int place, axis along) {
    const int end = rounded_up(along.input + along.padding - place * along.stride, along.dilation);
    return end < along.kernel ? end : along.kernel;
}

/* part windows needs axis rounded_up */
/* The windows whose element at `tap` is in the input: from the first one on, before the end. */
static int first_window(int tap, axis along) {
    return rounded_up(along.padding - tap * along.dilation, along.stride);
}

static int end_window(int tap, axis along) {
    const int end = rounded_up(along.input + along.padding - tap * along.dilation, along.stride);
    return end < along.output ? end : along.output;
}

/* part conv2d needs axis taps */
/* The sums of one tile: at most so many filters at so many columns side by side. The compiler keeps them in registers,
   if it knows the number of filters. */
enum { FILTERS = 16, COLUMNS = 6 };

/* The filters are computed by fours, which may read 3 weights too many. */
static int by_fours(int many) {
    return many < 3 ? many : (many + 3) / 4 * 4;
}

/* `many` filters at (oy, ox), with the taps from (top, left) on, before (bottom, right). */
static inline void conv2d_place(const float *restrict x, const float *restrict w, const float *restrict b,
                                float *restrict y, int channels, int filters, axis rows, axis columns, int many,
                                int oy, int ox, int top, int bottom, int left, int right) {
    const int down = oy * rows.stride - rows.padding, across = ox * columns.stride - columns.padding;
    float sums[FILTERS];
    for (int k = 0; k < by_fours(many); k++) {
        sums[k] = b ? b[k] : 0.0f;
    }
    for (int c = 0; c < channels; c++) {
        for (int r = top; r < bottom; r++) {
            for (int s = left; s < right; s++) {
                const int row = c * rows.input + down + r * rows.dilation;
                const float *from = x + row * columns.input + across + s * columns.dilation;
                const float *weights = w + ((r * columns.kernel + s) * channels + c) * filters;
                for (int k = 0; k < by_fours(many); k++) {
                    sums[k] = fmaf(from[0], weights[k], sums[k]);
                }
            }
        }
    }
    for (int k = 0; k < many; k++) {
        y[(k * rows.output + oy) * columns.output + ox] = sums[k];
    }
}

/* The same at COLUMNS places from (oy, ox) on, with all taps of a row. */
static inline void conv2d_tile(const float *restrict x, const float *restrict w, const float *restrict b,
                               float *restrict y, int channels, int filters, axis rows, axis columns, int many,
                               int oy, int ox, int top, int bottom) {
    const int down = oy * rows.stride - rows.padding, across = ox * columns.stride - columns.padding;
    const int step = columns.stride;
    float sums0[FILTERS], sums1[FILTERS], sums2[FILTERS], sums3[FILTERS], sums4[FILTERS], sums5[FILTERS];
    for (int k = 0; k < by_fours(many); k++) {
        sums0[k] = sums1[k] = sums2[k] = sums3[k] = sums4[k] = sums5[k] = b ? b[k] : 0.0f;
    }
    for (int c = 0; c < channels; c++) {
        for (int r = top; r < bottom; r++) {
            for (int s = 0; s < columns.kernel; s++) {
                const int row = c * rows.input + down + r * rows.dilation;
                const float *from = x + row * columns.input + across + s * columns.dilation;
                const float *weights = w + ((r * columns.kernel + s) * channels + c) * filters;
                for (int k = 0; k < by_fours(many); k++) {
                    sums0[k] = fmaf(from[0], weights[k], sums0[k]);
                    sums1[k] = fmaf(from[step], weights[k], sums1[k]);
                    sums2[k] = fmaf(from[2 * step], weights[k], sums2[k]);
                    sums3[k] = fmaf(from[3 * step], weights[k], sums3[k]);
                    sums4[k] = fmaf(from[4 * step], weights[k], sums4[k]);
                    sums5[k] = fmaf(from[5 * step], weights[k], sums5[k]);
                }
            }
        }
    }
    for (int k = 0; k < many; k++) {
        float *to = y + (k * rows.output + oy) * columns.output + ox;
        to[0] = sums0[k];
        to[1] = sums1[k];
        to[2] = sums2[k];
        to[3] = sums3[k];
        to[4] = sums4[k];
        to[5] = sums5[k];
    }
}

/* `many` filters at row oy. */
static inline void conv2d_row(const float *restrict x, const float *restrict w, const float *restrict b,
                              float *restrict y, int channels, int filters, axis rows, axis columns, int many, int oy) {
    const int top = first_tap(oy, rows), bottom = end_tap(oy, rows);
    int ox = 0;
    while (ox < columns.output) {
        const int left = first_tap(ox, columns), right = end_tap(ox, columns);
        /* The last tile of a row may compute some places again. */
        const int last = columns.output - COLUMNS;
        const int begin = ox < last ? ox : last;
        const int has_all_taps = columns.output >= COLUMNS && first_tap(begin, columns) == 0 &&
                                 end_tap(begin + COLUMNS - 1, columns) == columns.kernel;
        if (has_all_taps) {
            conv2d_tile(x, w, b, y, channels, filters, rows, columns, many, oy, begin, top, bottom);
            ox = begin + COLUMNS;
        } else {
            conv2d_place(x, w, b, y, channels, filters, rows, columns, many, oy, ox, top, bottom, left, right);
            ox++;
        }
    }
}

/* The weights are (rows, columns, channels of a group, filters). b may be NULL. */
static void conv2d(const float *restrict x, const float *restrict w, const float *restrict b, float *restrict y,
                   int channels, int filters, int groups, axis rows, axis columns) {
    const int width = channels / groups, each = filters / groups, size = rows.output * columns.output;
    for (int g = 0; g < groups; g++) {
        const float *image = x + g * width * rows.input * columns.input;
        for (int oy = 0; oy < rows.output; oy++) {
            int k = g * each;
            for (; k + FILTERS <= (g + 1) * each; k += FILTERS) {
                conv2d_row(image, w + k, b ? b + k : NULL, y + k * size, width, filters, rows, columns, FILTERS, oy);
            }
            if (each % FILTERS > 0) {
                conv2d_row(image, w + k, b ? b + k : NULL, y + k * size, width, filters, rows, columns,
                           each % FILTERS, oy);
            }
        }
    }
}

/* part conv_transpose2d needs axis */
/* The axes are those of the convolution whose transpose this is: its output is the input here. The weights are (rows,
   columns, filters of a group, channels). b may be NULL. */
static void conv_transpose2d(const float *x, const float *w, const float *b, float *y, int channels, int filters,
                             int groups, axis rows, axis columns) {
    const int width = filters / groups, size = rows.input * columns.input;
    for (int k = 0; k < filters; k++) {
        const int first = k / width * (channels / groups);
        for (int i = 0; i < size; i++) {
            y[k * size + i] = b ? b[k] : 0.0f;
        }
        for (int c = first; c < first + channels / groups; c++) {
            for (int r = 0; r < rows.kernel; r++) {
                for (int s = 0; s < columns.kernel; s++) {
                    const float weight = w[((r * columns.kernel + s) * width + k % width) * channels + c];
                    for (int oy = 0; oy < rows.output; oy++) {
                        const int iy = oy * rows.stride + r * rows.dilation - rows.padding;
                        if (iy < 0 || iy >= rows.input) {
                            continue;
                        }
                        for (int ox = 0; ox < columns.output; ox++) {
                            const int ix = ox * columns.stride + s * columns.dilation - columns.padding;
                            if (ix >= 0 && ix < columns.input) {
                                float *to = y + k * size + iy * columns.input + ix;
                                *to = fmaf(weight, x[(c * rows.output + oy) * columns.output + ox], *to);
                            }
                        }
                    }
                }
            }
        }
    }
}

/* part largest */
/* The larger number; NaN if one of them is NaN. */
static float largest(float m, float x) {
    return x < INFINITY ? (x > m ? x : m) : x + fabsf(m);
}

/* part pool needs axis */
/* The cells of window `place` in the image: from `begin` on, every `dilation`th before `end`. With a kernel of 0, the
   windows divide the image as evenly as possible. */
static void window(int place, axis along, int *begin, int *end) {
    if (along.kernel == 0) {
        *begin = (int)((int64_t)place * along.input / along.output);
        *end = (int)(((int64_t)(place + 1) * along.input + along.output - 1) / along.output);
        return;
    }
    *begin = place * along.stride - along.padding;
    *end = *begin + (along.kernel - 1) * along.dilation + 1;
    while (*begin < 0) {
        *begin += along.dilation;
    }
    *end = *end < along.input ? *end : along.input;
}

/* part max_pool2d needs axis taps windows largest */
static void max_pool2d(const float *restrict x, float *restrict y, int channels, axis rows, axis columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            float *to = y + (c * rows.output + oy) * columns.output;
            for (int ox = 0; ox < columns.output; ox++) {
                to[ox] = -INFINITY;
            }
            for (int r = first_tap(oy, rows); r < end_tap(oy, rows); r++) {
                const int row = c * rows.input + oy * rows.stride + r * rows.dilation - rows.padding;
                for (int s = 0; s < columns.kernel; s++) {
                    const int from = row * columns.input + s * columns.dilation - columns.padding;
                    const int end = end_window(s, columns);
                    for (int ox = first_window(s, columns); ox < end; ox++) {
                        to[ox] = largest(to[ox], x[from + ox * columns.stride]);
                    }
                }
            }
        }
    }
}

/* part adaptive_max_pool2d needs axis pool largest */
static void adaptive_max_pool2d(const float *x, float *y, int channels, axis rows, axis columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox++) {
                int top, bottom, left, right;
                float m = -INFINITY;
                window(oy, rows, &top, &bottom);
                window(ox, columns, &left, &right);
                for (int iy = top; iy < bottom; iy++) {
                    for (int ix = left; ix < right; ix++) {
                        m = largest(m, x[(c * rows.input + iy) * columns.input + ix]);
                    }
                }
                y[(c * rows.output + oy) * columns.output + ox] = m;
            }
        }
    }
}

/* part counted needs axis */
/* The cells of a window that count, if the image with its padding has `padded` places. 0: only those in the image. */
static int counted(int place, axis along, int padded, int in_image) {
    const int rest = padded - place * along.stride;
    return padded == 0 ? in_image : rest < along.kernel ? rest : along.kernel;
}

/* part avg_pool2d needs axis pool counted */
/* Padding counts as zeros, up to so many rows and columns. */
static void avg_pool2d(const float *x, float *y, int channels, int padded_rows, int padded_columns, axis rows,
                       axis columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox++) {
                int top, bottom, left, right, cells;
                float sum = 0.0f;
                window(oy, rows, &top, &bottom);
                window(ox, columns, &left, &right);
                for (int iy = top; iy < bottom; iy++) {
                    for (int ix = left; ix < right; ix++) {
                        sum += x[(c * rows.input + iy) * columns.input + ix];
                    }
                }
                cells = counted(oy, rows, padded_rows, bottom - top) * counted(ox, columns, padded_columns, right - left);
                y[(c * rows.output + oy) * columns.output + ox] = 1.0f / (float)cells * sum;
            }
        }
    }
}

/* part copy */
static void copy(const float *x, float *y, int size) {
    memcpy(y, x, (size_t)size * sizeof *x);
}

/* part add */
static void add(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] += x[i];
    }
}

/* part multiply */
static void multiply(const float *x, float *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] *= x[i];
    }
}
