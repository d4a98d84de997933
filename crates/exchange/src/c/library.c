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

/* part resample */
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

/* Neighbours from the place `first` on, with their weights. */
typedef struct {
    int first, count;
    double weights[2];
} taps;

/* What place `o` of the output takes. */
static taps taps_of(side s, int o) {
    taps t = {o - s.before, 1, {1.0, 0.0}};
    const int n = s.input, m = s.output;
    double at;
    switch (s.rule) {
    case OUTSIDE_NOTHING:
        t.count = t.first >= 0 && t.first < n;
        return t;
    case OUTSIDE_REFLECTED:
        t.first = t.first < 0 ? -t.first : t.first < n ? t.first : 2 * (n - 1) - t.first;
        return t;
    case OUTSIDE_NEAREST:
        t.first = t.first < 0 ? 0 : t.first < n ? t.first : n - 1;
        return t;
    case OUTSIDE_REPEATED:
        t.first = t.first < 0 ? t.first + n : t.first < n ? t.first : t.first - n;
        return t;
    case REPEATED:
        t.first = o / (m / n);
        return t;
    case LINEAR:
        at = (2.0 * o + 1.0) * n / (2.0 * m) - 0.5;
        at = at > 0.0 ? at : 0.0;
        break;
    default:
        at = (double)o * (n - 1.0) / (m > 1 ? m - 1.0 : 1.0);
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
static void dense(const float *x, const float *w, const float *b, float *y, int inputs, int outputs) {
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

/* part first_window */
/* The first window whose element at `tap` is not before the input. */
static int first_window(int tap, int stride, int padding) {
    return tap < padding ? (padding - tap + stride - 1) / stride : 0;
}

/* part conv2d needs axis first_window */
/* The weights are (rows, columns, channels of a group, filters). b may be NULL. */
static void conv2d(const float *x, const float *w, const float *b, float *y, int channels, int filters, int groups,
                   axis rows, axis columns) {
    const int width = channels / groups, size = rows.output * columns.output;
    for (int k = 0; k < filters; k++) {
        const float *image = x + k / (filters / groups) * width * rows.input * columns.input;
        float *out = y + k * size;
        for (int i = 0; i < size; i++) {
            out[i] = b ? b[k] : 0.0f;
        }
        for (int c = 0; c < width; c++) {
            for (int r = 0; r < rows.kernel; r++) {
                for (int s = 0; s < columns.kernel; s++) {
                    const float weight = w[((r * columns.kernel + s) * width + c) * filters + k];
                    const int down = r * rows.dilation - rows.padding, right = s * columns.dilation - columns.padding;
                    const int begin = first_window(s * columns.dilation, columns.stride, columns.padding);
                    for (int oy = first_window(r * rows.dilation, rows.stride, rows.padding); oy < rows.output; oy++) {
                        const int iy = oy * rows.stride + down;
                        const int from = (c * rows.input + iy) * columns.input + right;
                        float *to = out + oy * columns.output;
                        int end = columns.input - right + columns.stride - 1;
                        if (iy >= rows.input) {
                            break;
                        }
                        end = end < 0 ? 0 : end / columns.stride;
                        end = end < columns.output ? end : columns.output;
                        for (int ox = begin; ox < end; ox++) {
                            to[ox] = fmaf(weight, image[from + ox * columns.stride], to[ox]);
                        }
                    }
                }
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

/* part max_pool2d needs axis pool largest */
static void max_pool2d(const float *x, float *y, int channels, axis rows, axis columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox++) {
                int top, bottom, left, right;
                float m = -INFINITY;
                window(oy, rows, &top, &bottom);
                window(ox, columns, &left, &right);
                for (int iy = top; iy < bottom; iy += rows.dilation) {
                    for (int ix = left; ix < right; ix += columns.dilation) {
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
