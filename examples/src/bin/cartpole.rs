//! A cart learns to balance a pole, by a policy gradient: REINFORCE with a learned baseline.
//! `cargo run --release -p toddle-examples --bin cartpole -- [SEEDS] [PICTURE]`.
//!
//! A network with two outputs says how likely the cart should be pushed to the right, and how many steps it expects. The program plays
//! sixteen episodes, computes the gradient to the outputs, and makes a step. The task is solved when the last hundred episodes
//! took 475 steps on average, of 500 at most. The picture has the mean length of each sixteen episodes, a curve for each seed.

use std::error::Error;

use toddle::{Adam, Dense, GraphSpec, Init, NumpyRandom, OpenTraining, Relu, Shape};
use toddle_examples::{Curves, argument, sigmoid};

/// Episodes that are played side by side.
const EPISODES: usize = 16;
/// The most steps of an episode.
const LONGEST: usize = 500;
/// How much less a step counts than the step before it.
const DISCOUNT: f32 = 0.99;
/// After so many steps of the training a seed is given up.
const MOST_STEPS: usize = 1000;

/// The cart's place and speed, and the pole's angle and speed: the task `CartPole-v1` of Barto, Sutton and Anderson (1983).
type State = [f32; 4];

/// The state after 0.02 seconds in which the cart is pushed to the right or to the left. None: the pole has fallen.
fn push([x, speed, angle, turn]: State, right: bool) -> Option<State> {
    const GRAVITY: f32 = 9.8;
    const POLE: f32 = 0.1; // its mass; the cart's is 1
    const HALF: f32 = 0.5; // of the pole's length
    const TIME: f32 = 0.02;
    let force = if right { 10.0 } else { -10.0 };
    let (sin, cos) = angle.sin_cos();
    let pushed = (force + POLE * HALF * turn * turn * sin) / (1.0 + POLE);
    let turned = (GRAVITY * sin - cos * pushed) / (HALF * (4.0 / 3.0 - POLE * cos * cos / (1.0 + POLE)));
    let moved = pushed - POLE * HALF * turned * cos / (1.0 + POLE);
    let next = [x + TIME * speed, speed + TIME * moved, angle + TIME * turn, turn + TIME * turned];
    (next[0].abs() < 2.4 && next[2].abs() < 12f32.to_radians()).then_some(next)
}

/// A step of an episode: what was seen, and what was done.
struct Seen {
    state: State,
    right: bool,
}

/// The number of episodes until the task is solved, and the mean length of each sixteen episodes.
fn learn(seed: u32) -> Result<(Option<usize>, Vec<f64>), Box<dyn Error>> {
    let mut graph = GraphSpec { init: Init::Auto, ..GraphSpec::new() };
    let state = graph.input("state", Shape::vector(4));
    for name in ["right", "steps"] {
        let hidden = graph.add(Dense::new(64), state);
        let hidden = graph.add(Relu, hidden);
        let output = graph.add(Dense::new(1), hidden);
        graph.output(name, output);
    }
    let mut training = OpenTraining::new(graph.build(seed)?, Adam::new(0.01))?;
    let mut random = NumpyRandom::new(seed);
    let (mut lengths, mut curve) = (Vec::new(), Vec::new());
    while curve.len() < MOST_STEPS {
        let episodes = play(&mut training, &mut random)?;
        lengths.extend(episodes.iter().map(Vec::len));
        curve.push(episodes.iter().map(Vec::len).sum::<usize>() as f64 / EPISODES as f64);
        let last = &lengths[lengths.len().saturating_sub(100)..];
        if last.len() == 100 && last.iter().sum::<usize>() >= 475 * 100 {
            return Ok((Some(lengths.len()), curve));
        }
        improve(&mut training, &episodes)?;
    }
    Ok((None, curve))
}

/// Plays episodes to their ends.
fn play(
    training: &mut OpenTraining<f32>,
    random: &mut NumpyRandom,
) -> Result<Vec<Vec<Seen>>, Box<dyn Error>> {
    let mut states: Vec<State> =
        (0..EPISODES).map(|_| [0; 4].map(|_| 0.1 * random.uniform() as f32 - 0.05)).collect();
    let mut episodes: Vec<Vec<Seen>> = (0..EPISODES).map(|_| Vec::new()).collect();
    let mut live: Vec<usize> = (0..EPISODES).collect();
    for _ in 0..LONGEST {
        let outputs = training.outputs(&states.concat())?;
        live.retain(|&n| {
            let right = random.uniform() < f64::from(sigmoid(outputs[2 * n]));
            episodes[n].push(Seen { state: states[n], right });
            let next = push(states[n], right);
            states[n] = next.unwrap_or(states[n]);
            next.is_some()
        });
    }
    Ok(episodes)
}

/// A step of the training. Each choice becomes more likely if the rest of its episode was longer than the network expected.
fn improve(training: &mut OpenTraining<f32>, episodes: &[Vec<Seen>]) -> Result<(), Box<dyn Error>> {
    let (mut states, mut rewards) = (Vec::new(), Vec::new());
    for episode in episodes {
        let mut reward = 0.0;
        for seen in episode.iter().rev() {
            // Later steps count less. The reward of an endless episode is 1.
            reward = (1.0 - DISCOUNT) + DISCOUNT * reward;
            states.push(seen.state);
            rewards.push((reward, seen.right));
        }
    }
    let y = training.outputs(&states.concat())?;
    let better: Vec<f32> = y.chunks(2).zip(&rewards).map(|(y, (reward, _))| reward - y[1]).collect();
    let count = better.len() as f32;
    let mean = better.iter().sum::<f32>() / count;
    let deviation = (better.iter().map(|b| (b - mean).powi(2)).sum::<f32>() / count).sqrt() + 1e-6;
    let mut dy = Vec::with_capacity(y.len());
    for ((y, (reward, right)), better) in y.chunks(2).zip(&rewards).zip(&better) {
        let pushed = if *right { 1.0 } else { 0.0 };
        dy.push((sigmoid(y[0]) - pushed) * (better - mean) / deviation / count);
        dy.push((y[1] - reward) / count);
    }
    training.backward(&dy)?;
    Ok(training.update()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (seeds, picture) = (argument(1, 5)?, argument(2, "cartpole.svg".to_owned())?);
    let (mut counts, mut curves) = (Vec::new(), Vec::new());
    for seed in 0..seeds {
        let (solved, curve) = learn(seed)?;
        let count = solved.map_or("never".into(), |episodes| format!("after {episodes} episodes"));
        println!("seed {seed}: solved {count}");
        counts.push(solved.unwrap_or(usize::MAX));
        curves.push(curve);
    }
    counts.sort_unstable();
    println!("the median: {} episodes", counts[counts.len() / 2]);
    let title = "Steps of an episode, the mean of sixteen";
    Curves { title, axis: "sixteen episodes", most: LONGEST as f64, curves: &curves }.write(&picture)
}
