//! Your own pictures, from a folder to an answer: `cargo run --release -p toddle-examples --bin own_pictures -- FOLDER PICTURE`.
//!
//! The folder has a sub-folder for each class. The program trains a network, writes it to `pictures.safetensors`, and asks it
//! about the picture. The picture is prepared in the same way as the training pictures.

use std::error::Error;

use toddle::checkpoint::{self, About};
use toddle::{
    Adam, BatchNorm, Conv2d, Dense, Fit, Flatten, Init, Loss, MaxPool2d, NetworkSpec, Relu, Shape, accuracy,
};
use toddle_data::{DataSettings, Model, Picture};

fn main() -> Result<(), Box<dyn Error>> {
    let [folder, picture] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err(
            "two arguments are needed: a folder with a sub-folder for each class, and a picture".into()
        );
    };
    // A tenth of the pictures is held out for validation, unless the folder has a folder `valid` or `test`.
    let mut data =
        DataSettings { images: Some(folder.into()), size: Some([32, 32]), ..DataSettings::default() };
    let parts = data.parts(0)?;
    parts.notes.iter().for_each(|note| println!("{note}"));

    let [channels, height, width] = parts.train.shape();
    let mut network = NetworkSpec::new(Shape::image(channels, height, width))
        .add(Conv2d::new(16, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(32, 3))
        .add(BatchNorm::default())
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Flatten)
        .add(Dense::new(parts.train.classes()))
        .init(Init::Auto)
        .build::<f32>(0)?;
    let fit = Fit::new(Loss::cross_entropy(), Adam::new(0.003)).epochs(10).batch(32).shuffle();
    network.fit(&parts.train.inputs(), &parts.train.one_hot(), &fit)?;
    let (held, half) = parts.measured();
    let right = accuracy(&network.predict(&held.inputs())?, held.labels())?;
    println!("{:.1} % of {} pictures ({}) are right", 100.0 * right, held.len(), half.name());

    let about = About {
        scaling: parts.train.scaling().clone(),
        classes: parts.train.class_names().to_vec(),
        data: parts.meaning.to_json(),
        ..About::default()
    };
    std::fs::write("pictures.safetensors", checkpoint::encode(&network, &about, None))?;

    let said = Model::open("pictures.safetensors")?.predict_image(&Picture::read(picture)?)?;
    println!("{picture}: {} ({:.1} %)", said.class, 100.0 * said.probability);
    Ok(())
}
