//! Words of other frameworks, and the words of toddle for the same things.
//!
//! toddle's words are suggested if a file has words of others. Words of others are never accepted.

use crate::nearest::{nearest, same};

/// A word of others, and toddle's words for it. The first of these that is known in a place is suggested there.
type Words = &'static [(&'static str, &'static [&'static str])];

/// Keys.
#[rustfmt::skip]
const KEYS: Words = &[
    // Sections.
    ("architecture", &["network"]), ("model", &["network"]), ("net", &["network"]),
    ("augmentation", &["augment"]), ("augmentations", &["augment"]), ("transform", &["augment"]),
    ("transforms", &["augment"]), ("dataloader", &["data"]), ("dataset", &["data", "set"]),
    ("fit", &["train"]), ("trainer", &["train"]), ("training", &["train"]),
    // The file.
    ("dtype", &["precision"]), ("manual_seed", &["seed"]), ("random_seed", &["seed"]),
    ("random_state", &["seed"]),
    // Data.
    ("class_column", &["target"]), ("column_sep", &["delimiter"]), ("csv_file", &["csv"]),
    ("csv_path", &["csv"]), ("decimal_sep", &["decimal"]), ("delim", &["delimiter"]),
    ("drop_columns", &["drop"]), ("field_sep", &["delimiter"]), ("fill_na", &["empty"]),
    ("sample_weight", &["weight"]), ("sample_weights", &["weight"]), ("weight_column", &["weight"]),
    ("fillna", &["empty"]), ("has_header", &["header"]), ("ignore_columns", &["drop"]),
    ("img_dir", &["images"]), ("image_dir", &["images"]), ("label", &["target"]),
    ("label_col", &["target"]), ("label_column", &["target"]), ("label_name", &["target"]),
    ("max_samples", &["first"]), ("missing", &["empty"]), ("n_samples", &["first"]),
    ("on_missing", &["empty"]), ("sep", &["delimiter"]), ("separator", &["delimiter"]),
    ("skip_columns", &["drop"]), ("split", &["validation"]), ("target_col", &["target"]),
    ("target_column", &["target"]), ("target_name", &["target"]), ("test_csv", &["test"]),
    ("test_data", &["test"]), ("test_file", &["test"]), ("test_path", &["test"]),
    ("val_fraction", &["validation"]), ("val_size", &["validation"]),
    ("validation_fraction", &["validation"]), ("value_range", &["range"]),
    ("directory", &["images"]), ("folder", &["images"]), ("holdout", &["validation"]),
    ("image_folder", &["images"]), ("image_size", &["size"]), ("img_size", &["size"]),
    ("features", &["inputs"]), ("labels", &["targets"]), ("normalize", &["scaling"]),
    ("normalise", &["scaling"]), ("normalization", &["scaling"]), ("resize", &["size"]),
    ("standardize", &["scaling"]), ("val", &["validation"]), ("val_split", &["validation"]),
    ("validation_split", &["validation"]), ("x", &["inputs"]), ("y", &["targets"]),
    // Augmentation.
    ("cutout", &["erase"]), ("degrees", &["rotate"]), ("horizontal_flip", &["flip"]),
    ("hflip", &["flip"]), ("random_crop", &["crop"]), ("random_erasing", &["erase"]),
    ("random_flip", &["flip"]), ("rotation", &["rotate"]), ("rotation_range", &["rotate"]),
    ("translate", &["shift"]), ("zoom", &["scale"]), ("zoom_range", &["scale"]),
    // The network.
    ("finetune_from", &["from"]), ("load_from", &["from"]), ("pretrained", &["from"]),
    ("start_from", &["from"]), ("weights", &["from"]), ("weights_from", &["from"]),
    ("initializer", &["init"]), ("initialiser", &["init"]), ("input_shape", &["input"]),
    ("kernel_initializer", &["init"]), ("weight_init", &["init"]),
    // Layers.
    ("alpha", &["slope", "decay"]), ("channels", &["filters"]), ("class_name", &["kind"]),
    ("cropping", &["sides"]), ("dilation_rate", &["dilation"]), ("drop_prob", &["rate"]),
    ("elementwise_affine", &["affine"]), ("embedding_dim", &["features"]),
    ("eps", &["epsilon"]), ("filter_size", &["kernel"]),
    ("interpolation", &["mode"]), ("kernel_size", &["kernel", "window"]), ("layer", &["kind"]),
    ("n_filters", &["filters"]), ("negative_slope", &["slope"]), ("neurons", &["outputs"]),
    ("nodes", &["outputs"]), ("num_classes", &["outputs"]), ("num_embeddings", &["classes"]), ("num_filters", &["filters"]),
    ("num_groups", &["groups"]),
    ("out_channels", &["filters"]), ("out_features", &["outputs"]), ("output_size", &["outputs", "output"]),
    ("p", &["rate"]), ("pad", &["padding"]), ("pool_size", &["window"]), ("prob", &["rate"]),
    ("probability", &["rate"]), ("scale_factor", &["scale"]),
    ("size", &["window", "kernel", "outputs"]), ("strides", &["stride"]),
    ("target_shape", &["shape"]), ("type", &["kind"]), ("units", &["outputs"]),
    ("use_bias", &["bias"]), ("vocab_size", &["classes"]),
    // Training.
    ("accumulation_steps", &["accumulate"]), ("accumulate_grad_batches", &["accumulate"]),
    ("early_stop_at", &["stop_at"]), ("mix_up", &["mixup"]), ("cut_mix", &["cutmix"]),
    ("max_time", &["time_limit"]), ("mixup_alpha", &["mixup"]), ("cutmix_alpha", &["cutmix"]),
    ("sampler", &["sampling"]), ("target_accuracy", &["stop_at"]), ("timeout", &["time_limit"]),
    ("bias_decay", &["decay"]), ("frozen", &["freeze"]), ("layer_rates", &["rates"]),
    ("learning_rates", &["rates"]), ("lr_mult", &["rates"]), ("lr_multipliers", &["rates"]),
    ("no_decay", &["decay"]), ("param_groups", &["rates"]), ("trainable", &["freeze"]),
    ("batchsize", &["batch"]), ("batch_size", &["batch"]), ("criterion", &["loss"]),
    ("clip_norm", &["clip", "limit"]), ("clipnorm", &["clip", "limit"]),
    ("early_stopping", &["patience"]), ("ema", &["average"]), ("ema_decay", &["average"]),
    ("grad_clip", &["clip"]), ("gradient_clipping", &["clip"]), ("loss_fn", &["loss"]),
    ("loss_function", &["loss"]), ("lr_scheduler", &["schedule"]), ("max_epochs", &["epochs"]),
    ("max_grad_norm", &["clip"]), ("minibatch", &["batch"]), ("n_epochs", &["epochs"]),
    ("num_epochs", &["epochs"]), ("objective", &["loss"]), ("optim", &["optimizer"]),
    ("optimiser", &["optimizer"]), ("restore_best_weights", &["keep_best"]),
    ("save_best_only", &["keep_best"]), ("save_every", &["checkpoint_every"]),
    ("scheduler", &["schedule"]), ("solver", &["optimizer"]),
    // Optimizers.
    ("beta", &["betas"]), ("beta1", &["betas"]), ("beta2", &["betas"]), ("l2", &["weight_decay"]),
    ("learning_rate", &["rate"]), ("initial_accumulator_value", &["initial_accumulator"]), ("lr", &["rate"]), ("rho", &["decay"]), ("wd", &["weight_decay"]),
    // Losses.
    ("class_weight", &["class_weights"]), ("pos_weight", &["positive_weight"]),
    ("weight", &["class_weights"]),
    // Schedules.
    ("base_lr", &["lowest"]), ("milestones", &["at"]), ("step_size_down", &["fall"]),
    ("step_size_up", &["rise"]), ("anneal_strategy", &["anneal"]), ("decay_rate", &["factor", "decay"]),
    ("decay_steps", &["over", "every"]), ("div_factor", &["start_divisor"]), ("eta_min", &["lowest"]),
    ("final_div_factor", &["end_divisor"]), ("gamma", &["factor"]), ("min_lr", &["lowest"]),
    ("mode", &["better"]), ("pct_start", &["rise"]), ("start_factor", &["start"]),
    ("step_size", &["every", "rate"]), ("t_0", &["period"]), ("t_max", &["over"]),
    ("t_mult", &["growth"]), ("three_phase", &["three_phases"]), ("total_iters", &["over"]),
    ("total_steps", &["over"]), ("warmup_epochs", &["over"]), ("warmup_steps", &["over"]),
    // Clipping and initialisers.
    ("b", &["high"]), ("a", &["low"]), ("max_norm", &["limit"]), ("maxval", &["high"]),
    ("minval", &["low"]), ("max_value", &["max"]), ("sigma", &["deviation"]), ("std", &["deviation"]),
    ("stddev", &["deviation"]),
];

/// Kinds, and values that are one of several words.
#[rustfmt::skip]
const CHOICES: Words = &[
    // Layers.
    ("affine", &["dense"]), ("average_pooling1d", &["avg_pool1d"]), ("average_pooling2d", &["avg_pool2d"]), ("avg_pooling2d", &["avg_pool2d"]),
    ("avgpool", &["avg_pool2d"]), ("batch_normalization", &["batch_norm"]),
    ("batchnorm1d", &["batch_norm"]), ("batchnorm2d", &["batch_norm"]), ("bn", &["batch_norm"]),
    ("center_crop", &["crop"]), ("cropping2d", &["crop"]),
    ("conv", &["conv2d"]), ("conv2d_transpose", &["conv_transpose2d"]), ("convolution", &["conv2d"]),
    ("convolution2d", &["conv2d"]), ("deconv", &["conv_transpose2d"]),
    ("deconvolution", &["conv_transpose2d"]), ("dropout2d", &["spatial_dropout"]), ("fc", &["dense"]),
    ("fully_connected", &["dense"]), ("gap", &["global_avg_pool"]),
    ("global_average_pooling2d", &["global_avg_pool"]), ("global_max_pooling2d", &["global_max_pool"]),
    ("group_normalization", &["group_norm"]), ("instance_norm", &["group_norm"]),
    ("instance_norm2d", &["group_norm"]), ("interpolate", &["upsample"]),
    ("layer_normalization", &["layer_norm"]),
    ("inner_product", &["dense"]), ("linear", &["dense", "polynomial_decay"]),
    ("logistic", &["sigmoid"]), ("max_pooling1d", &["max_pool1d"]), ("max_pooling2d", &["max_pool2d"]), ("maxpool", &["max_pool2d"]),
    ("parametric_relu", &["prelu"]), ("reflection_pad2d", &["pad"]), ("replication_pad2d", &["pad"]),
    ("relu6", &["clipped_relu"]),
    ("spatial_dropout2d", &["spatial_dropout"]), ("swish", &["silu"]), ("unflatten", &["reshape"]), ("up_sampling2d", &["upsample"]),
    ("zero_pad2d", &["pad"]), ("zero_padding2d", &["pad"]),
    // Losses.
    ("bce", &["binary_cross_entropy"]), ("bce_loss", &["binary_cross_entropy"]),
    ("bce_with_logits", &["binary_cross_entropy"]), ("bce_with_logits_loss", &["binary_cross_entropy"]),
    ("binary_crossentropy", &["binary_cross_entropy"]), ("categorical_crossentropy", &["cross_entropy"]),
    ("categorical_hinge", &["hinge"]), ("ce", &["cross_entropy"]), ("cross_entropy_loss", &["cross_entropy"]),
    ("huber_loss", &["huber"]), ("kl_div", &["kl_divergence"]), ("kl_div_loss", &["kl_divergence"]),
    ("kld", &["kl_divergence"]), ("kullback_leibler_divergence", &["kl_divergence"]),
    ("l1_loss", &["mean_absolute_error"]), ("l2_loss", &["mean_squared_error"]),
    ("log_loss", &["cross_entropy"]), ("mae", &["mean_absolute_error"]), ("mse", &["mean_squared_error"]),
    ("mse_loss", &["mean_squared_error"]), ("multi_margin_loss", &["hinge"]),
    ("nll", &["negative_log_likelihood"]), ("nll_loss", &["negative_log_likelihood"]),
    ("cosine_embedding_loss", &["cosine"]), ("cosine_similarity", &["cosine"]),
    ("dice_loss", &["dice"]), ("focal_loss", &["focal"]), ("logcosh", &["log_cosh"]),
    ("pinball", &["quantile"]), ("pinball_loss", &["quantile"]), ("poisson_nll_loss", &["poisson"]),
    ("quantile_loss", &["quantile"]), ("sigmoid_focal_loss", &["focal"]), ("smooth_l1_loss", &["smooth_l1"]),
    ("triplet_loss", &["triplet"]), ("triplet_margin_loss", &["triplet"]),
    ("softmax_cross_entropy", &["cross_entropy"]), ("sparse_categorical_crossentropy", &["cross_entropy"]),
    // Optimizers.
    ("gd", &["sgd"]), ("gradient_descent", &["sgd"]), ("momentum", &["sgd"]),
    // Schedules.
    ("cosine", &["cosine_decay"]), ("cosine_annealing", &["cosine_decay"]),
    ("cosine_annealing_lr", &["cosine_decay"]), ("cosine_annealing_warm_restarts", &["cosine_restarts"]),
    ("cosine_decay_restarts", &["cosine_restarts"]), ("exponential", &["exponential_decay"]),
    ("exponential_lr", &["exponential_decay"]), ("linear_lr", &["warmup"]),
    ("cyclic_lr", &["cyclic"]), ("multi_step_lr", &["multi_step_decay"]), ("none", &["constant"]), ("one_cycle_lr", &["one_cycle"]),
    ("poly", &["polynomial_decay"]), ("polynomial_lr", &["polynomial_decay"]),
    ("reduce_lr_on_plateau", &["plateau"]), ("step", &["step_decay"]), ("step_lr", &["step_decay"]),
    // Initialisers.
    ("default", &["torch"]), ("glorot", &["glorot_uniform"]), ("he", &["he_normal"]),
    ("kaiming", &["he_normal"]), ("kaiming_normal", &["he_normal"]), ("kaiming_uniform", &["he_uniform"]),
    ("lecun", &["lecun_normal"]), ("ones", &["constant"]), ("pytorch", &["torch"]),
    ("random_normal", &["normal"]), ("random_uniform", &["uniform"]),
    ("trunc_normal", &["truncated_normal"]), ("xavier", &["glorot_uniform"]),
    ("xavier_normal", &["glorot_normal"]), ("xavier_uniform", &["glorot_uniform"]),
    // Clipping, numbers, and what is watched and scaled.
    ("acc", &["accuracy"]), ("double", &["f64"]), ("float", &["f32"]), ("float32", &["f32"]),
    ("float64", &["f64"]), ("grad_norm", &["norm"]), ("grad_value", &["value"]), ("max", &["higher"]),
    ("min", &["lower"]), ("single", &["f32"]), ("standardize", &["standard"]), ("val_acc", &["accuracy"]),
    ("val_accuracy", &["accuracy"]), ("val_loss", &["loss"]), ("z_score", &["standard"]),
];

/// Keys of others that toddle does not have, and what to do instead.
#[rustfmt::skip]
const ADVICE: &[(&[&str], &str)] = &[
    (&["activation", "act", "nonlinearity"], "a separate layer after this one, such as \"relu\""),
    (
        &["in_features", "in_channels", "input_dim", "input_size", "num_features", "input_shape"],
        "leaving it out: a layer takes the shape of the output before it",
    ),
    (&["test_size"], "validation = { fraction = 0.2 }, which holds out a part of the training samples"),
    (
        &["usecols", "use_columns", "columns", "feature_columns", "feature_cols"],
        "drop with the columns to leave out: all others, except the target, are inputs",
    ),
    (&["index_col"], "drop with this column; a column without a name that counts the rows is always left out"),
    (&["skiprows", "skip_rows", "comment"], "removing these lines from the table"),
    (&["encoding"], "leaving it out: tables are text in UTF-8"),
    (&["na_values", "keep_default_na"], "empty = \"mean\" or \"drop\"; NA, N/A, NaN, null and ? count as empty"),
    (&["path", "file", "filename", "data_dir", "root"], "csv, images or npz, which name the kind of data"),
    (&["class_names", "classes"], "leaving it out: the data name the classes"),
    (&["device", "gpu", "cuda"], "leaving it out: toddle computes on the CPU"),
    (&["num_workers", "n_jobs", "threads", "workers"], "leaving it out; --threads sets the number of threads"),
    (&["verbose"], "leaving it out; --quiet shows no progress"),
    (&["metrics"], "leaving it out: the loss and the accuracy are always shown"),
    (&["ignore_index"], "targets that are all 0 at a pixel: the pixel does not count"),
    (
        &["cycle_momentum", "base_momentum", "max_momentum"],
        "momentum = [0.85, 0.95], the lowest and the highest momentum",
    ),
    (&["axis", "data_format"], "leaving it out: images are channels × height × width"),
    (&["output_dir", "save_dir", "log_dir"], "leaving it out; --out is for the folder of the run"),
];

/// The word of `known` with the meaning of `word`. `word` is a key of another framework, or has another case.
pub fn key<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    found(KEYS, word, known)
}

/// The word of `known` with the meaning of `word`. `word` is a kind or a value of another framework, or has another
/// case.
pub fn choice<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    found(CHOICES, word, known)
}

/// The same. If there is none, the most similar word.
pub fn like_choice<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    choice(word, known).or_else(|| nearest(word, known.iter().copied()))
}

/// The word of `known` that `word` means, as a key or as a kind. If there is none, the most similar word.
pub fn meant<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    key(word, known).or_else(|| like_choice(word, known))
}

/// The words that toddle has for a key of another framework.
pub fn names(word: &str) -> impl Iterator<Item = &'static str> {
    KEYS.iter()
        .filter(move |(theirs, _)| same(word, [*theirs]).is_some())
        .flat_map(|(_, ours)| ours.iter().copied())
}

/// What to do instead of a key that toddle does not have.
pub fn advice(word: &str) -> Option<&'static str> {
    let is_meant = |(theirs, _): &&(&[&'static str], _)| same(word, theirs.iter().copied()).is_some();
    ADVICE.iter().find(is_meant).map(|(_, advice)| *advice)
}

fn found<'k>(words: Words, word: &str, known: &[&'k str]) -> Option<&'k str> {
    let of_others = || {
        let ours =
            words.iter().filter(|(theirs, _)| same(word, [*theirs]).is_some()).flat_map(|(_, ours)| *ours);
        ours.into_iter().find_map(|ours| known.iter().copied().find(|known| known == ours))
    };
    same(word, known.iter().copied()).or_else(of_others)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::experiment::keys::{Form, Key, Keys};

    /// All keys, and all kinds and choices.
    fn all() -> [BTreeSet<String>; 2] {
        fn walk(keys: &Keys, known: &[Key], names: &mut BTreeSet<String>, choices: &mut BTreeSet<String>) {
            for key in known {
                names.insert(key.name.clone());
                walk_form(keys, &key.form, names, choices);
            }
        }

        fn walk_form(keys: &Keys, form: &Form, names: &mut BTreeSet<String>, choices: &mut BTreeSet<String>) {
            match keys.resolve(form) {
                Form::Table(table) => walk(keys, &table.keys, names, choices),
                Form::List(list) => walk_form(keys, &list.of, names, choices),
                Form::Either(forms) => forms.iter().for_each(|form| walk_form(keys, form, names, choices)),
                Form::Choice(all) => choices.extend(all.iter().map(|choice| choice.name.clone())),
                Form::Kinds(kinds) => {
                    for kind in kinds {
                        // A residual block holds layers: once is enough.
                        if choices.insert(kind.name.clone()) {
                            walk(keys, &kind.keys, names, choices);
                        }
                    }
                }
                _ => {}
            }
        }

        let (mut names, mut choices) = (BTreeSet::from(["kind".to_owned()]), BTreeSet::new());
        walk(Keys::get(), &Keys::get().root().keys, &mut names, &mut choices);
        [names, choices]
    }

    #[test]
    fn what_is_suggested_exists() {
        for (words, known) in [KEYS, CHOICES].into_iter().zip(all()) {
            for (theirs, ours) in words {
                for ours in *ours {
                    assert!(known.contains(*ours), "{theirs}: there is no `{ours}`");
                }
            }
        }
    }

    #[test]
    fn words_of_others_are_known_in_their_place() {
        assert_eq!(key("units", &["outputs"]), Some("outputs"));
        assert_eq!(key("kernel_size", &["window", "stride"]), Some("window"));
        assert_eq!(key("kernelSize", &["filters", "kernel"]), Some("kernel"));
        assert_eq!(key("units", &["filters"]), None);
        assert_eq!(choice("Linear", &["relu", "dense"]), Some("dense"));
        assert_eq!(choice("MaxPooling2D", &["avg_pool2d", "max_pool2d"]), Some("max_pool2d"));
        assert_eq!(like_choice("softmaxx", &["relu", "softmax"]), Some("softmax"));
        assert!(advice("activation").is_some_and(|advice| advice.contains("separate layer")));
    }
}
