//! What the programs in the folder `bare` contain: a network that has learned digits, and what this machine makes of it.
//!
//! | file | content |
//! |---|---|
//! | `model.safetensors` | the network |
//! | `inputs`, `targets` | some digits |
//! | `answers` | the network's outputs of these digits |
//! | `training.safetensors` | the network, and a training on these digits that is to go on |
//! | `weights` | the weights at the end of this training |

use std::error::Error;
use std::path::PathBuf;

use toddle::checkpoint::{About, encode};
use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Fit, Flatten, Loss, MaxPool2d, NetworkSpec, Nobody, Relu, Shape, Softmax,
    Trainer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("the folder to write")?);
    std::fs::create_dir_all(&folder)?;

    let digits = toddle_data::mnist();
    let (train, few) = (digits.train()?.first(2000)?, digits.test()?.first(16)?);
    let mut network = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(4, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(8, 3))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(10))
        .add(Softmax::default())
        .build::<f32>(0)?;
    let fit = Fit::new(Loss::NegativeLogLikelihood, Adam::new(0.002)).batch(16).epochs(4);
    network.fit(&train.inputs(), &train.one_hot(), &fit)?;

    let (inputs, targets) = (few.inputs(), few.one_hot());
    let mut trainer = Trainer::new(&network, &fit.epochs(2), few.len())?;
    let about = About::default();
    std::fs::write(folder.join("model.safetensors"), encode(&network, &about, None))?;
    std::fs::write(folder.join("training.safetensors"), encode(&network, &about, Some(&trainer)))?;
    let answers = network.predict(&inputs)?;
    let samples = network.samples(&inputs, &targets)?;
    trainer.run(&mut network, &samples, None, &mut Nobody)?;

    let files = [
        ("inputs", &inputs[..]),
        ("targets", &targets),
        ("answers", &answers),
        ("weights", network.weights()),
    ];
    for (name, numbers) in files {
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}
