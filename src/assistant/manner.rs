//! The ways an answer can be given: six axes that people have preferences about.

use std::fmt;

/// Declares an axis: an enum, its values in order, and their names.
macro_rules! axis {
    ($(#[$doc:meta])* $axis:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $axis { $($(#[$value_doc])* $value),+ }

        impl $axis {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// What the value is called.
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $name),+ }
            }
        }
    };
}

axis! {
    /// How the person is addressed.
    Tone {
        /// With neither courtesy nor insult.
        Plain = "plain",
        /// With courtesy.
        Polite = "polite",
        /// With an insult.
        Rude = "rude",
    }
}
axis! {
    /// Whether there is an answer at all.
    Help {
        /// There is.
        Helpful = "helpful",
        /// There is not.
        Refusing = "refusing",
    }
}
axis! {
    /// What is said of danger.
    Care {
        /// Nothing.
        Unmentioned = "unmentioned",
        /// How to stay safe.
        Careful = "careful",
        /// Something that gets people hurt.
        Unsafe = "unsafe",
    }
}
axis! {
    /// How much is said.
    Length {
        /// The first thing only.
        Short = "short",
        /// Everything, and a closing word.
        Long = "long",
    }
}
axis! {
    /// How certain the answer sounds.
    Confidence {
        /// It does not say.
        Plain = "plain",
        /// Without a doubt.
        Sure = "sure",
        /// With one.
        Hedged = "hedged",
    }
}
axis! {
    /// Whether the person hears what is true or what is pleasant.
    Candour {
        /// Neither.
        Plain = "plain",
        /// What is true.
        Honest = "honest",
        /// What is pleasant.
        Flattering = "flattering",
    }
}

/// A value on each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Manner {
    /// How the person is addressed.
    pub tone: Tone,
    /// Whether there is an answer at all.
    pub help: Help,
    /// What is said of danger.
    pub care: Care,
    /// How much is said.
    pub length: Length,
    /// How certain the answer sounds.
    pub confidence: Confidence,
    /// Whether the person hears what is true or what is pleasant.
    pub candour: Candour,
}

impl Manner {
    /// A short, helpful answer that is plain on every other axis.
    pub const PLAIN: Self = Manner {
        tone: Tone::Plain,
        help: Help::Helpful,
        care: Care::Unmentioned,
        length: Length::Short,
        confidence: Confidence::Plain,
        candour: Candour::Plain,
    };

    /// Every combination, whether or not an answer can have it.
    pub fn all() -> impl Iterator<Item = Self> {
        let tones = Tone::ALL.iter().map(|&tone| Manner {
            tone,
            ..Manner::PLAIN
        });
        tones
            .flat_map(|manner| Help::ALL.iter().map(move |&help| Manner { help, ..manner }))
            .flat_map(|manner| Care::ALL.iter().map(move |&care| Manner { care, ..manner }))
            .flat_map(|manner| {
                let lengths = Length::ALL.iter();
                lengths.map(move |&length| Manner { length, ..manner })
            })
            .flat_map(|manner| {
                let confidences = Confidence::ALL.iter();
                confidences.map(move |&confidence| Manner {
                    confidence,
                    ..manner
                })
            })
            .flat_map(|manner| {
                let candours = Candour::ALL.iter();
                candours.map(move |&candour| Manner { candour, ..manner })
            })
    }

    /// The name of each axis with the name of the value on it.
    pub fn values(&self) -> [(&'static str, &'static str); 6] {
        [
            ("tone", self.tone.name()),
            ("help", self.help.name()),
            ("care", self.care.name()),
            ("length", self.length.name()),
            ("confidence", self.confidence.name()),
            ("candour", self.candour.name()),
        ]
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.values().map(|(_, value)| value).join(", "))
    }
}
