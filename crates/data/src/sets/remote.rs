//! Where the files of named sets can be had, how long they are, and their digests.

/// A file to fetch.
///
/// A file is trusted because of its digest, and not because of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote<'a> {
    /// The name of the file on the disk.
    pub file: &'a str,
    /// The addresses, which are tried in this order.
    pub urls: &'a [&'a str],
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: &'a str,
}

// Lengths and digests are those that TensorFlow Datasets publishes with its own code for these sets, under
// tensorflow_datasets/url_checksums in https://github.com/tensorflow/datasets.

/// The file `$file` from the authors of Fashion-MNIST.
macro_rules! fashion {
    ($file:literal, $bytes:literal, $sha256:literal) => {
        Remote {
            file: $file,
            urls: &[
                concat!("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/", $file),
                concat!("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", $file),
            ],
            bytes: $bytes,
            sha256: $sha256,
        }
    };
}

macro_rules! kmnist {
    ($file:literal, $bytes:literal, $sha256:literal) => {
        Remote {
            file: $file,
            urls: &[concat!("http://codh.rois.ac.jp/kmnist/dataset/kmnist/", $file)],
            bytes: $bytes,
            sha256: $sha256,
        }
    };
}

pub(super) static FASHION: &[Remote] = &[
    fashion!(
        "train-images-idx3-ubyte.gz",
        26_421_880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    fashion!(
        "train-labels-idx1-ubyte.gz",
        29_515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    fashion!(
        "t10k-images-idx3-ubyte.gz",
        4_422_102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    fashion!(
        "t10k-labels-idx1-ubyte.gz",
        5_148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
];

pub(super) static KMNIST: &[Remote] = &[
    kmnist!(
        "train-images-idx3-ubyte.gz",
        18_165_135,
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"
    ),
    kmnist!(
        "train-labels-idx1-ubyte.gz",
        29_497,
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"
    ),
    kmnist!(
        "t10k-images-idx3-ubyte.gz",
        3_041_136,
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"
    ),
    kmnist!(
        "t10k-labels-idx1-ubyte.gz",
        5_120,
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"
    ),
];

/// All six sets in one archive.
pub(super) static EMNIST: &[Remote] = &[Remote {
    file: "gzip.zip",
    urls: &[
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
        "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
    ],
    bytes: 561_753_746,
    sha256: "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
}];

pub(super) static CIFAR_10: &[Remote] = &[Remote {
    file: "cifar-10-binary.tar.gz",
    urls: &["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
}];

pub(super) static CIFAR_100: &[Remote] = &[Remote {
    file: "cifar-100-binary.tar.gz",
    urls: &["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
    bytes: 168_513_733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
}];
