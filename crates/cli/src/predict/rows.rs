//! The answers of the network as CSV, with a line for each sample.

use super::report::{Prediction, Report, Said};

impl Report {
    /// All of it, with the names of the columns first.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let is_known = |prediction: &Prediction| match &prediction.said {
            Said::Class { truth, .. } => truth.is_some(),
            Said::Numbers { truth, .. } => truth.is_some(),
        };
        let known = self.predictions.iter().any(is_known);
        let mut write = |cells: Vec<String>| {
            writer.write_record(cells).expect("memory takes lines of as many cells as the first");
        };
        write(self.header(known));
        for prediction in &self.predictions {
            write(self.line(prediction, known));
        }
        let bytes = writer.into_inner().expect("memory takes all that is written to it");
        String::from_utf8(bytes).expect("cells are UTF-8")
    }

    /// `sample`, then `class` and the names of the classes, or the names of the numbers. The targets follow, if they
    /// are known.
    fn header(&self, known: bool) -> Vec<String> {
        let mut header = vec!["sample".to_owned()];
        if self.classes.is_empty() {
            header.extend(self.targets.iter().map(|target| own(target)));
            if known {
                header.extend(self.targets.iter().map(|target| format!("true {target}")));
            }
        } else {
            header.push("class".into());
            header.extend(self.classes.iter().map(|class| own(class)));
            if known {
                header.push("truth".into());
            }
        }
        header
    }

    /// Numbers have all their digits, so a program that reads them gets the same bits.
    fn line(&self, prediction: &Prediction, known: bool) -> Vec<String> {
        let mut line = vec![prediction.sample.clone()];
        let texts = |numbers: &[f64]| numbers.iter().map(f64::to_string).collect::<Vec<_>>();
        match &prediction.said {
            Said::Class { first, probabilities, truth, .. } => {
                line.push(first.class.clone());
                line.extend(texts(probabilities));
                line.extend(known.then(|| truth.clone().unwrap_or_default()));
            }
            Said::Numbers { numbers, truth } => {
                line.extend(texts(numbers));
                if known {
                    let none = || vec![String::new(); numbers.len()];
                    line.extend(truth.as_ref().map_or_else(none, |truth| texts(truth)));
                }
            }
        }
        line
    }
}

/// The name of a class or target as that of a column, which no other column has.
fn own(name: &str) -> String {
    match name {
        "sample" | "class" | "truth" => format!("{name} (said)"),
        _ => name.to_owned(),
    }
}
