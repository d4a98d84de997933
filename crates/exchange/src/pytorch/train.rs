//! A training loop with the loss, the optimizer and the schedule of an experiment.

use std::fmt::Display;

use toddle::{
    Anneal, CycleMode, Cyclic, Decay, Fit, Loss, Network, OneCycle, Optimizer, Per, PositiveWeight, Sampling,
    Schedule, Shape, Warmup,
};

use crate::python::{differing, python_bool};

/// The modules that the functions need, and the functions. Otherwise, what PyTorch does not have.
pub(super) fn train(network: &Network<f32>, fit: &Fit) -> Result<(&'static str, String), String> {
    let [output] = network.outputs() else { return Err("a network with several outputs".into()) };
    if network.inputs().len() > 1 {
        return Err("a network with several inputs".into());
    }
    let loss = loss(output.loss(&fit.loss), output.shape)?;
    let Made { optimizer, rate, l1 } = optimizer(&fit.optimizer)?;
    let penalty = match l1 {
        0.0 => String::new(),
        _ => format!(
            "            for weights in network.parameters():
                weights.grad += {l1} * weights.detach().sign()
"
        ),
    };
    let clip = match fit.clip {
        None => String::new(),
        Some(toddle::Clip::Norm { limit }) => {
            format!("            nn.utils.clip_grad_norm_(network.parameters(), {limit})\n")
        }
        Some(toddle::Clip::Value { limit }) => {
            format!("            nn.utils.clip_grad_value_(network.parameters(), {limit})\n")
        }
    };
    let order = if fit.shuffle { "randperm" } else { "arange" };
    let (mut schedule, mut follow) = (String::new(), "");
    if fit.schedule != Schedule::Constant {
        schedule = format!(
            "def rate(step: int, steps: int, steps_per_epoch: int) -> float:
    \"\"\"The learning rate after so many steps of the training.\"\"\"
{}

",
            rates(&fit.schedule, &rate.to_string())?
        );
        follow = "            for group in optimizer.param_groups:
                group[\"lr\"] = rate(step, epochs * steps_per_epoch, steps_per_epoch)
            step += 1
";
    }
    let (steps, step) = match follow {
        "" => ("", ""),
        _ => ("    steps_per_epoch = math.ceil(len(x) / batch)\n", "    step = 0\n"),
    };
    let left_out = match left_out(fit) {
        left if left.is_empty() => String::new(),
        left => format!("\n    Not as in the experiment: {}.", left.join(", ")),
    };
    let Fit { epochs, batch, .. } = fit;
    let text = format!(
        "

{schedule}def train(network: Network, x: torch.Tensor, targets: torch.Tensor, epochs: int = {epochs}, batch: int = {batch}) -> None:
    \"\"\"Trains on with the loss, the optimizer and the schedule of the experiment.

    x are inputs, prepared as the network takes them. Their targets have the shape of the outputs. The optimizer begins
    without a state.{left_out}
    \"\"\"
    optimizer = {optimizer}
{steps}{step}    network.train()
    for epoch in range(epochs):
        sum_of_losses = 0.0
        for rows in torch.{order}(len(x)).split(batch):
{follow}            y, t = network(x[rows]), targets[rows]
            loss = {loss}
            sum_of_losses += loss.item() * len(rows)
            optimizer.zero_grad()
            loss.backward()
{clip}{penalty}            optimizer.step()
        print(f\"epoch {{epoch + 1}}: loss {{sum_of_losses / len(x):.6f}}\")
    network.eval()
"
    );
    Ok((if text.contains("math.") { "import math\n\n" } else { "" }, text))
}

/// What the loop does not do as the experiment does.
fn left_out(fit: &Fit) -> Vec<&'static str> {
    let all = [
        (fit.accumulate > 1, "`accumulate`"),
        (!fit.freeze.is_empty(), "`freeze`"),
        (!fit.rates.is_empty(), "`rates`"),
        (fit.decay != Decay::All, "`decay`"),
        (fit.sampling != Sampling::Each, "`sampling`"),
        (fit.class_weights.is_some(), "`class_weights`"),
        (fit.mixup.is_some(), "`mixup`"),
        (fit.cutmix.is_some(), "`cutmix`"),
        (fit.average.is_some(), "`average`"),
    ];
    all.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect()
}

/// The loss of the outputs `y` for the targets `t`.
fn loss(loss: &Loss, output: Shape) -> Result<String, String> {
    Ok(match loss {
        Loss::MeanSquaredError => "F.mse_loss(y, t)".into(),
        Loss::MeanAbsoluteError => "F.l1_loss(y, t)".into(),
        Loss::Huber { delta } => format!("F.huber_loss(y, t, delta={delta})"),
        Loss::SmoothL1 { beta } => format!("F.smooth_l1_loss(y, t, beta={beta})"),
        Loss::LogCosh => "(F.softplus(2 * (y - t)) - (y - t) - math.log(2)).mean()".into(),
        Loss::Quantile { quantile } => {
            format!("torch.maximum({quantile} * (t - y), ({quantile} - 1) * (t - y)).mean()")
        }
        Loss::Poisson { log_input } => {
            format!("F.poisson_nll_loss(y, t, log_input={})", python_bool(*log_input))
        }
        Loss::Cosine => "(1 - F.cosine_similarity(y.flatten(1), t.flatten(1))).mean()".into(),
        Loss::CrossEntropy(_) | Loss::NegativeLogLikelihood if matches!(output, Shape::Image { .. }) => {
            return Err(format!("the loss {loss} of an image"));
        }
        Loss::CrossEntropy(settings) => {
            let weights = match &settings.class_weights[..] {
                [] => "None".into(),
                weights => format!("torch.tensor({weights:?})"),
            };
            let settings = differing(&[
                ("weight", weights, "None"),
                ("label_smoothing", settings.label_smoothing.to_string(), "0"),
            ]);
            format!("F.cross_entropy(y, t{settings})")
        }
        Loss::NegativeLogLikelihood => "-(t * y).sum(1).mean()".into(),
        Loss::BinaryCrossEntropy { positive_weight } => {
            let weight = match positive_weight {
                PositiveWeight::All(1.0) => String::new(),
                weights => format!(", pos_weight=torch.tensor({:?})", weights.as_slice()),
            };
            format!("F.binary_cross_entropy_with_logits(y, t{weight})")
        }
        Loss::KlDivergence => "F.kl_div(y, t, reduction=\"batchmean\")".into(),
        Loss::Hinge { margin } => format!("F.multi_margin_loss(y, t.argmax(1), margin={margin})"),
        other => return Err(format!("the loss {other}")),
    })
}

/// An optimizer of PyTorch.
struct Made {
    optimizer: String,
    rate: f64,
    l1: f64,
}

fn optimizer(optimizer: &Optimizer) -> Result<Made, String> {
    let made = |name: &str, rate: f64, l1: f64, settings: &[(&str, String, &str)]| {
        let optimizer = format!("torch.optim.{name}(network.parameters(), lr={rate}{})", differing(settings));
        Ok(Made { optimizer, rate, l1 })
    };
    let number = |number: f64| number.to_string();
    let betas = |[first, second]: [f64; 2]| ("betas", format!("({first}, {second})"), "(0.9, 0.999)");
    let epsilon = |epsilon: f64| ("eps", format!("{epsilon:e}"), "1e-8");
    let decay = |decay: f64| ("weight_decay", decay.to_string(), "0");
    let flag = |name, flag| (name, python_bool(flag), "False");
    match optimizer {
        Optimizer::Adadelta(o) => {
            let rho = ("rho", number(o.decay), "0.9");
            let epsilon = ("eps", format!("{:e}", o.epsilon), "1e-6");
            made("Adadelta", o.rate, o.l1, &[rho, epsilon, decay(o.weight_decay)])
        }
        Optimizer::Adagrad(o) => {
            let begin = ("initial_accumulator_value", number(o.initial_accumulator), "0");
            let epsilon = ("eps", format!("{:e}", o.epsilon), "1e-10");
            let rate_decay = ("lr_decay", number(o.rate_decay), "0");
            made("Adagrad", o.rate, o.l1, &[rate_decay, decay(o.weight_decay), begin, epsilon])
        }
        Optimizer::Adam(o) => {
            let settings =
                [betas(o.betas), epsilon(o.epsilon), decay(o.weight_decay), flag("amsgrad", o.amsgrad)];
            made("Adam", o.rate, o.l1, &settings)
        }
        Optimizer::AdamW(o) => {
            let decay = ("weight_decay", number(o.weight_decay), "0.01");
            let settings = [betas(o.betas), epsilon(o.epsilon), decay, flag("amsgrad", o.amsgrad)];
            made("AdamW", o.rate, o.l1, &settings)
        }
        Optimizer::Adamax(o) => {
            made("Adamax", o.rate, o.l1, &[betas(o.betas), epsilon(o.epsilon), decay(o.weight_decay)])
        }
        Optimizer::Nadam(o) => {
            let momentum = ("momentum_decay", number(o.momentum_decay), "0.004");
            let decoupled = flag("decoupled_weight_decay", o.decoupled);
            let settings = [betas(o.betas), epsilon(o.epsilon), decay(o.weight_decay), momentum, decoupled];
            made("NAdam", o.rate, o.l1, &settings)
        }
        Optimizer::RAdam(o) => {
            let decoupled = flag("decoupled_weight_decay", o.decoupled);
            let settings = [betas(o.betas), epsilon(o.epsilon), decay(o.weight_decay), decoupled];
            made("RAdam", o.rate, o.l1, &settings)
        }
        Optimizer::RmsProp(o) => {
            let settings = [
                ("alpha", number(o.decay), "0.99"),
                epsilon(o.epsilon),
                decay(o.weight_decay),
                ("momentum", number(o.momentum), "0"),
                flag("centered", o.centered),
            ];
            made("RMSprop", o.rate, o.l1, &settings)
        }
        Optimizer::Sgd(o) => {
            let settings = [
                ("momentum", number(o.momentum), "0"),
                ("dampening", number(o.dampening), "0"),
                decay(o.weight_decay),
                flag("nesterov", o.nesterov),
            ];
            made("SGD", o.rate, o.l1, &settings)
        }
        other => Err(format!("the optimizer {other}")),
    }
}

/// What is counted.
fn counted(per: Per) -> &'static str {
    match per {
        Per::Step => "step",
        Per::Epoch => "step // steps_per_epoch",
    }
}

/// The number of steps or epochs of a curve.
fn whole(per: Per, over: Option<u64>) -> String {
    match (over, per) {
        (Some(over), _) => over.to_string(),
        (None, Per::Step) => "steps".into(),
        (None, Per::Epoch) => "math.ceil(steps / steps_per_epoch)".into(),
    }
}

/// The body of a function that returns the learning rate of a step. Without the schedule, it is `base`.
fn rates(schedule: &Schedule, base: &str) -> Result<String, String> {
    let cosine = |low: &dyn Display| {
        format!("    return {low} + ({base} - {low}) * (1 + math.cos(math.pi * part)) / 2")
    };
    let part = |per, over| format!("    part = min(1, ({}) / {})\n", counted(per), whole(per, over));
    Ok(match schedule {
        Schedule::Constant => format!("    return {base}"),
        Schedule::StepDecay(s) => {
            format!("    return {base} * {} ** ({} // {})", s.factor, counted(s.per), s.every)
        }
        Schedule::MultiStepDecay(s) => format!(
            "    done = {}\n    return {base} * {} ** sum(place <= done for place in {:?})",
            counted(s.per),
            s.factor,
            s.at
        ),
        Schedule::ExponentialDecay(s) => format!("    return {base} * {} ** ({})", s.factor, counted(s.per)),
        Schedule::PolynomialDecay(s) => {
            format!("{}    return {base} * (1 - part) ** {}", part(s.per, s.over), s.power)
        }
        Schedule::CosineDecay(s) => part(s.per, s.over) + &cosine(&s.lowest),
        Schedule::CosineRestarts(s) => format!(
            "    done, period = {}, {}
    while done >= period:
        done, period = done - period, period * {}
    part = done / period
{}",
            counted(s.per),
            s.period,
            s.growth,
            cosine(&s.lowest)
        ),
        Schedule::Cyclic(Cyclic { lowest, rise, fall, mode, factor, momentum: None, per }) => {
            let fall = fall.unwrap_or(*rise);
            let height = match mode {
                CycleMode::Triangular => String::new(),
                CycleMode::Triangular2 => format!(" * 0.5 ** (done // {})", rise + fall),
                CycleMode::ExpRange => format!(" * {factor} ** done"),
            };
            format!(
                "    done = {}
    place = done % {}
    height = (place / {rise} if place <= {rise} else ({} - place) / {fall}){height}
    return {lowest} + ({base} - {lowest}) * height",
                counted(*per),
                rise + fall,
                rise + fall
            )
        }
        Schedule::OneCycle(cycle @ OneCycle { momentum: None, .. }) => one_cycle(cycle, base),
        Schedule::Warmup(Warmup { over, start, per, then }) => {
            let steps = match per {
                Per::Step => over.to_string(),
                Per::Epoch => format!("{over} * steps_per_epoch"),
            };
            format!(
                "    if step < {steps}:
        return {base} * ({start} + (1 - {start}) * ({}) / {over})
    step, steps = step - {steps}, steps - {steps}
{}",
                counted(*per),
                rates(then, base)?
            )
        }
        other => return Err(format!("the schedule {other}")),
    })
}

fn one_cycle(cycle: &OneCycle, base: &str) -> String {
    let OneCycle { rise, start_divisor, end_divisor, anneal, three_phases, .. } = cycle;
    let back = if *three_phases { format!(", ({} * steps - 2, first)", 2.0 * rise) } else { String::new() };
    let between = match anneal {
        Anneal::Cosine => "low + (high - low) * (1 - math.cos(math.pi * part)) / 2",
        Anneal::Linear => "low + (high - low) * part",
    };
    format!(
        "    first = {base} / {start_divisor}
    begin, low = 0, first
    for end, high in (({rise} * steps - 1, {base}){back}, (steps - 1, first / {end_divisor})):
        if step <= end:
            part = (step - begin) / (end - begin) if end > begin else 1
            return {between}
        begin, low = end, high
    return low"
    )
}
