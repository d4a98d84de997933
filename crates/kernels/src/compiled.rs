//! The kernels, compiled in this crate once for each number type.
//!
//! A generic function is compiled in the crate that knows its type. A kernel is many functions, several for each
//! instruction set. So a crate that calls [`Isa::run`] with a kernel of this crate would compile the kernel again.
//! [`Run::on`] runs the compiled kernel.

use toddle_lanes::{Float, Isa, Kernel};

use crate::{
    activation, argmax, conv2d, dense, dropout, embedding, group_norm, layout, log_softmax, noise, norm,
    pool, prelu, product, resample, softmax, sum, update, winograd,
};

/// A kernel that is compiled for both number types.
pub trait Run {
    /// The result of the kernel.
    type Output;

    /// Runs the kernel with the instruction set `isa`.
    fn on(self, isa: Isa) -> Self::Output;
}

macro_rules! compiled {
    ($($name:ident: $($kernel:ident)::+;)*) => {
        /// `f32` or `f64`: a number type for which every kernel is compiled. Other crates cannot implement it.
        pub trait Number: Float {$(
            #[doc(hidden)]
            fn $name(isa: Isa, kernel: $($kernel)::+<'_, Self>) -> <$($kernel)::+<'_, Self> as Kernel<Self>>::Output;
        )*}

        $(impl<T: Number> Run for $($kernel)::+<'_, T> {
            type Output = <Self as Kernel<T>>::Output;

            fn on(self, isa: Isa) -> Self::Output {
                T::$name(isa, self)
            }
        })*

        compiled!(f32 $($name: $($kernel)::+;)*);
        compiled!(f64 $($name: $($kernel)::+;)*);
    };
    ($t:ident $($name:ident: $($kernel:ident)::+;)*) => {
        impl Number for $t {$(
            fn $name(isa: Isa, kernel: $($kernel)::+<'_, $t>) -> <$($kernel)::+<'_, $t> as Kernel<$t>>::Output {
                isa.run(kernel)
            }
        )*}
    };
}

compiled! {
    activation_forward: activation::flat::Forward;
    activation_backward: activation::flat::Backward;
    argmax_block: argmax::block::ArgMax;
    conv2d_block_pack: conv2d::block::Pack;
    conv2d_block: conv2d::block::BlockConvolution;
    conv2d_block_weights: conv2d::block::BackwardWeights;
    conv2d_block_bias: conv2d::block::BackwardBias;
    conv2d_row_columns: conv2d::row::Columns;
    conv2d_row_outputs: conv2d::row::Outputs;
    conv2d_row_weights: conv2d::row::BackwardWeights;
    conv2d_row_bias: conv2d::row::BackwardBias;
    dense_block_forward: dense::block::Forward;
    dense_block_input: dense::block::BackwardInput;
    dense_block_weights: dense::block::BackwardWeights;
    dense_row_forward: dense::row::Forward;
    dense_row_input: dense::row::BackwardInput;
    dense_row_weights: dense::row::BackwardWeights;
    dense_row_descend: dense::row::Descend;
    dropout_block: dropout::block::Apply;
    dropout_row: dropout::row::Apply;
    group_norm_block_forward: group_norm::block::Forward;
    group_norm_block_backward: group_norm::block::Backward;
    group_norm_row_forward: group_norm::row::Forward;
    group_norm_row_backward: group_norm::row::Backward;
    embedding_block_forward: embedding::block::Forward;
    embedding_block_weights: embedding::block::BackwardWeights;
    embedding_row_forward: embedding::row::Forward;
    embedding_row_weights: embedding::row::BackwardWeights;
    layout_to_lanes: layout::ToLanes;
    layout_from_lanes: layout::FromLanes;
    layout_to_panels: layout::ToPanels;
    log_softmax_block_forward: log_softmax::block::Forward;
    log_softmax_block_backward: log_softmax::block::Backward;
    log_softmax_row_forward: log_softmax::row::Forward;
    log_softmax_row_backward: log_softmax::row::Backward;
    noise_block: noise::block::Forward;
    noise_row: noise::row::Forward;
    norm_forward: norm::flat::Forward;
    norm_statistics: norm::flat::Statistics;
    norm_gradient_sums: norm::flat::GradientSums;
    norm_backward: norm::flat::Backward;
    pool_block_max_forward: pool::block::MaxForward;
    pool_block_max_backward: pool::block::MaxBackward;
    pool_block_average_forward: pool::block::AverageForward;
    pool_block_average_backward: pool::block::AverageBackward;
    pool_row_max_forward: pool::row::MaxForward;
    pool_row_max_backward: pool::row::MaxBackward;
    pool_row_average_forward: pool::row::AverageForward;
    pool_row_average_backward: pool::row::AverageBackward;
    prelu_block_forward: prelu::block::Forward;
    prelu_block_input: prelu::block::BackwardInput;
    prelu_block_weights: prelu::block::BackwardWeights;
    prelu_row_forward: prelu::row::Forward;
    prelu_row_input: prelu::row::BackwardInput;
    prelu_row_weights: prelu::row::BackwardWeights;
    product_multiply: product::flat::Multiply;
    product_times: product::flat::Times;
    resample_block_forward: resample::block::Forward;
    resample_block_backward: resample::block::Backward;
    resample_row_forward: resample::row::Forward;
    resample_row_backward: resample::row::Backward;
    softmax_block_forward: softmax::block::Forward;
    softmax_block_backward: softmax::block::Backward;
    softmax_row_forward: softmax::row::Forward;
    softmax_row_backward: softmax::row::Backward;
    sum_forward: sum::flat::Forward;
    update_follow: update::flat::Follow;
    update_scale: update::flat::Scale;
    update_clamp: update::flat::Clamp;
    update_all_finite: update::flat::AllFinite;
    update_square_sums: update::norm::SquareSums;
    update_tree_add: update::tree::Add;
    update_tree_sum: update::tree::Sum;
    winograd_pack: winograd::block::Pack;
    winograd: winograd::FastConvolution;
    winograd_weights: winograd::block::BackwardWeights;
}
