//! The self-test of a file.

use std::fmt::Write;

use super::text::array;

/// Adds a program that compares answers with recorded ones: `x` are the inputs of samples, and `y` their outputs.
pub(super) fn self_test(text: &mut String, name: &str, [inputs, outputs]: [usize; 2], x: &[f32], y: &[f32]) {
    let samples = x.len() / inputs;
    let upper = name.to_uppercase();
    if samples == 0 {
        return;
    }
    let _ = writeln!(text, "\n#ifdef {upper}_TEST\n#include <stdio.h>");
    *text += &array(&format!("{name}_test_x"), x, 0);
    *text += &array(&format!("{name}_test_y"), y, 0);
    let _ = write!(
        text,
        "
int main(void) {{
    static float y[{outputs}];
    int right = 0;
    for (int n = 0; n < {samples}; n++) {{
        int same = {name}_predict({name}_test_x + n * {inputs}, y) == 0;
        for (int o = 0; o < {outputs}; o++) {{
            const float expected = {name}_test_y[n * {outputs} + o];
            same = same && (memcmp(&y[o], &expected, sizeof expected) == 0 || (y[o] != y[o] && expected != expected));
        }}
        right += same;
    }}
    printf(\"{name}: %d of {samples} answers have toddle's bits\\n\", right);
    return right != {samples};
}}
#endif
"
    );
}
