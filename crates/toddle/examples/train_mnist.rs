//! The example of the README: a convolutional network learns digits.

use toddle::{Conv2d, Dense, Fit, Flatten, Loss, NetworkSpec, Sgd, Shape, Softmax, Tanh, accuracy};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = toddle_data::mnist();
    let (train, test) = (digits.train()?.first(2000)?, digits.test()?);

    let mut network = NetworkSpec::new(Shape::image(1, 28, 28))
        .add(Conv2d::new(1, 3))
        .add(Tanh)
        .add(Flatten)
        .add(Dense::new(100))
        .add(Tanh)
        .add(Dense::new(10))
        .add(Softmax::default())
        .build::<f64>(0)?;
    let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).epochs(5);
    let history = network.fit(&train.inputs(), &train.one_hot(), &fit)?;
    println!("error of each epoch: {:.4?}", history.errors);

    let probabilities = network.predict(&test.inputs())?;
    println!("{:.2} % of the test digits are right", 100.0 * accuracy(&probabilities, test.labels())?);
    Ok(())
}
