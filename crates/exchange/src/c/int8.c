/* part rounded */
/* product / 2^shift + zero, rounded to the nearest integer and saturated. Halves are rounded away from 0. */
static int8_t rounded(int64_t product, int shift, int zero) {
    const int64_t half = (int64_t)1 << (shift - 1);
    const int64_t q = zero + (product < 0 ? -((half - product) >> shift) : (product + half) >> shift);
    return (int8_t)(q < -128 ? -128 : q > 127 ? 127 : q);
}

/* part nearest */
/* The integer of so many steps, saturated and rounded. Halves are rounded away from 0. NaN is the least integer. */
static int8_t nearest(float steps, int zero) {
    const float least = (float)(-128 - zero), greatest = (float)(127 - zero);
    steps = steps > least ? steps : least;
    steps = steps < greatest ? steps : greatest;
    return (int8_t)((int)(steps < 0.0f ? steps - 0.5f : steps + 0.5f) + zero);
}

/* part quantize needs nearest */
/* Integers of the inputs. */
static void quantize(const float *x, int8_t *y, int size, float inverse, int zero) {
    for (int i = 0; i < size; i++) {
        y[i] = nearest(x[i] * inverse, zero);
    }
}

/* part embedding_int8 */
/* The rows of the nearest classes, as channels. The table is (classes, features). */
static void embedding_int8(const float *x, const int8_t *rows, int8_t *y, int classes, int features, int steps) {
    for (int t = 0; t < steps; t++) {
        const double near = (double)x[t] + 0.5;
        const int class = near >= classes ? classes - 1 : near > 0.0 ? (int)near : 0;
        for (int f = 0; f < features; f++) {
            y[f * steps + t] = rows[class * features + f];
        }
    }
}

/* part norm_int8 needs nearest */
/* Groups of `size` elements. Their sums and the sums of their squares are integers, and the rest are floating-point
   numbers. `step` is that of x, divided by `size`. The factors and the summands are in steps of y. */
static void norm_int8(const int8_t *x, const float *factors, const float *summands, int8_t *y, int groups, int size,
                      int places, float step, float epsilon, int zero, int to) {
    for (int g = 0; g < groups; g++) {
        int64_t sum = 0, squares = 0;
        for (int i = 0; i < size; i++) {
            const int steps = x[g * size + i] - zero;
            sum += steps;
            squares += steps * steps;
        }
        const float scale = step / sqrtf(fmaf(step * step, (float)(squares * size - sum * sum), epsilon));
        for (int i = g * size; i < (g + 1) * size; i++) {
            const float apart = scale * (float)((int64_t)(x[i] - zero) * size - sum);
            y[i] = nearest(fmaf(factors[i / places], apart, summands[i / places]), to);
        }
    }
}

/* part dequantize */
static void dequantize(const int8_t *x, float *y, int size, float step, int zero) {
    for (int i = 0; i < size; i++) {
        y[i] = step * (float)(x[i] - zero);
    }
}

/* part table */
static void table(const int8_t *x, const int8_t *integers, int8_t *y, int size) {
    for (int i = 0; i < size; i++) {
        y[i] = integers[x[i] + 128];
    }
}

/* part rescale needs rounded */
static void rescale(const int8_t *x, int8_t *y, int size, int zero, int32_t factor, int shift, int to) {
    for (int i = 0; i < size; i++) {
        y[i] = rounded((int64_t)(x[i] - zero) * factor, shift, to);
    }
}

/* part sum needs rounded */
static void sum(const int8_t *const *x, int8_t *y, int count, int size, const int *zeros, const int32_t *factors,
                int shift, int to) {
    for (int i = 0; i < size; i++) {
        int64_t all = 0;
        for (int n = 0; n < count; n++) {
            all += (int64_t)(x[n][i] - zeros[n]) * factors[n];
        }
        y[i] = rounded(all, shift, to);
    }
}

/* part product needs rounded */
static void product(const int8_t *const *x, int8_t *y, int count, int size, const int *zeros, int32_t factor,
                    int shift, int to) {
    for (int i = 0; i < size; i++) {
        int64_t all = factor;
        for (int n = 0; n < count; n++) {
            all *= x[n][i] - zeros[n];
        }
        y[i] = rounded(all, shift, to);
    }
}

/* part put needs rounded */
/* What the sums of a layer become: integers, with a factor and a shift for each filter, or else outputs, with a step. */
typedef struct {
    const int32_t *factors;
    const uint8_t *shifts;
    int zero;
    int8_t *integers;
    const float *steps;
    float *outputs;
} target;

/* The sums of filter `k` as the elements from `at` on. */
static void put(const int32_t *sums, int count, int k, int at, target to) {
    for (int j = 0; j < count; j++) {
        if (to.steps) {
            to.outputs[at + j] = to.steps[k] * (float)sums[j];
        } else {
            to.integers[at + j] = rounded((int64_t)sums[j] * to.factors[k], to.shifts[k], to.zero);
        }
    }
}

/* part dense_int8 needs put */
/* The weights are (outputs, inputs). */
static void dense_int8(const int8_t *x, const int8_t *w, const int32_t *b, int inputs, int outputs, int zero,
                       target to) {
    for (int o = 0; o < outputs; o++) {
        int32_t all = b[o];
        for (int i = 0; i < inputs; i++) {
            all += (x[i] - zero) * w[o * inputs + i];
        }
        put(&all, 1, o, o, to);
    }
}

/* part conv_sums needs axis taps windows */
/* The sums of one tile: at most so many columns side by side. */
enum { TILE = 32 };

/* The sums of a filter at `many` places from (oy, ox) on. */
static void conv_sums(const int8_t *restrict x, const int8_t *restrict w, int32_t bias, int32_t *restrict sums,
                      int channels, int zero, axis rows, axis columns, int oy, int ox, int many) {
    const int top = first_tap(oy, rows), bottom = end_tap(oy, rows);
    for (int j = 0; j < many; j++) {
        sums[j] = bias;
    }
    for (int s = 0; s < columns.kernel; s++) {
        const int first = first_window(s, columns), end = end_window(s, columns);
        const int begin = first > ox ? first - ox : 0, behind = end < ox + many ? end - ox : many;
        const int across = ox * columns.stride + s * columns.dilation - columns.padding;
        for (int c = 0; c < channels; c++) {
            for (int r = top; r < bottom; r++) {
                const int row = c * rows.input + oy * rows.stride + r * rows.dilation - rows.padding;
                const int from = row * columns.input + across;
                const int weight = w[(c * rows.kernel + r) * columns.kernel + s];
                for (int j = begin; j < behind; j++) {
                    sums[j] += (x[from + j * columns.stride] - zero) * weight;
                }
            }
        }
    }
}

/* part conv_int8 needs put conv_sums */
/* The weights are (filters, channels of a group, rows, columns). */
static void conv_int8(const int8_t *x, const int8_t *w, const int32_t *b, int channels, int filters, int groups,
                      axis rows, axis columns, int zero, target to) {
    const int width = channels / groups, size = width * rows.kernel * columns.kernel;
    int32_t sums[TILE];
    int at = 0;
    for (int k = 0; k < filters; k++) {
        const int8_t *image = x + k / (filters / groups) * width * rows.input * columns.input;
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox += TILE) {
                const int many = columns.output - ox < TILE ? columns.output - ox : TILE;
                conv_sums(image, w + k * size, b[k], sums, width, zero, rows, columns, oy, ox, many);
                put(sums, many, k, at, to);
                at += many;
            }
        }
    }
}

/* part turned_sum needs axis */
/* The window along an axis whose element at `tap` is `place`. Less than 0: there is none. */
static int window_of(int place, int tap, axis along) {
    const int begin = place + along.padding - tap * along.dilation;
    return begin < 0 || begin % along.stride > 0 || begin / along.stride >= along.output ? -1 : begin / along.stride;
}

/* The sum of a filter of a transposed convolution at (iy, ix). */
static int32_t turned_sum(const int8_t *x, const int8_t *w, int32_t bias, int channels, int zero, axis rows,
                          axis columns, int iy, int ix) {
    int32_t all = bias;
    for (int r = 0; r < rows.kernel; r++) {
        const int oy = window_of(iy, r, rows);
        for (int s = 0; oy >= 0 && s < columns.kernel; s++) {
            const int ox = window_of(ix, s, columns);
            for (int c = 0; ox >= 0 && c < channels; c++) {
                const int from = (c * rows.output + oy) * columns.output + ox;
                all += (x[from] - zero) * w[(c * rows.kernel + r) * columns.kernel + s];
            }
        }
    }
    return all;
}

/* part turned_int8 needs put turned_sum */
/* The axes are those of the convolution whose transpose this is: its output is the input here. The weights are (filters,
   channels of a group, rows, columns). */
static void turned_int8(const int8_t *x, const int8_t *w, const int32_t *b, int channels, int filters, int groups,
                        axis rows, axis columns, int zero, target to) {
    const int width = channels / groups, size = width * rows.kernel * columns.kernel;
    int at = 0;
    for (int k = 0; k < filters; k++) {
        const int8_t *image = x + k / (filters / groups) * width * rows.output * columns.output;
        for (int iy = 0; iy < rows.input; iy++) {
            for (int ix = 0; ix < columns.input; ix++) {
                const int32_t all = turned_sum(image, w + k * size, b[k], width, zero, rows, columns, iy, ix);
                put(&all, 1, k, at++, to);
            }
        }
    }
}

/* part max_pool_int8 needs axis pool */
static void max_pool_int8(const int8_t *x, int8_t *y, int channels, axis rows, axis columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox++) {
                int top, bottom, left, right;
                int8_t most = -128;
                window(oy, rows, &top, &bottom);
                window(ox, columns, &left, &right);
                for (int iy = top; iy < bottom; iy += rows.dilation) {
                    for (int ix = left; ix < right; ix += columns.dilation) {
                        const int8_t element = x[(c * rows.input + iy) * columns.input + ix];
                        most = element > most ? element : most;
                    }
                }
                *y++ = most;
            }
        }
    }
}

/* part avg_pool_int8 needs rounded axis pool counted */
/* Padding counts as zeros, up to so many rows and columns. */
static void avg_pool_int8(const int8_t *x, int8_t *y, int channels, int padded_rows, int padded_columns, axis rows,
                          axis columns, int zero, int32_t factor, int shift, int to) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            for (int ox = 0; ox < columns.output; ox++) {
                int top, bottom, left, right, cells;
                int32_t all = 0;
                window(oy, rows, &top, &bottom);
                window(ox, columns, &left, &right);
                for (int iy = top; iy < bottom; iy++) {
                    for (int ix = left; ix < right; ix++) {
                        all += x[(c * rows.input + iy) * columns.input + ix] - zero;
                    }
                }
                cells = counted(oy, rows, padded_rows, bottom - top) * counted(ox, columns, padded_columns, right - left);
                *y++ = rounded((int64_t)all * (factor / cells), shift, to);
            }
        }
    }
}

/* part place_int8 needs side */
/* Elements at other places of an image. Places without an element are `outside`. */
static void place_int8(const int8_t *x, int8_t *y, int channels, int8_t outside, side rows, side columns) {
    for (int c = 0; c < channels; c++) {
        for (int oy = 0; oy < rows.output; oy++) {
            const int iy = place_of(rows, oy);
            for (int ox = 0; ox < columns.output; ox++) {
                const int ix = place_of(columns, ox);
                *y++ = iy < 0 || ix < 0 ? outside : x[(c * rows.input + iy) * columns.input + ix];
            }
        }
    }
}

/* part prelu_int8 needs rounded */
/* Negative elements have the factor of their channel. */
static void prelu_int8(const int8_t *x, const int32_t *factors, const uint8_t *shifts, int8_t *y, int channels,
                       int places, int zero, int32_t factor, int shift, int to) {
    for (int c = 0; c < channels; c++) {
        for (int p = 0; p < places; p++) {
            const int steps = *x++ - zero;
            *y++ = steps < 0 ? rounded((int64_t)steps * factors[c], shifts[c], to)
                             : rounded((int64_t)steps * factor, shift, to);
        }
    }
}
