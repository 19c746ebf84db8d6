//! Path templates, such as `/sessions/{referenceNumber}/invoices/failed`.

/// A path of the contract, relative to its base.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Template(Vec<Segment>);

/// Literals come before parameters, as they do when a request is matched.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
}

impl Template {
    pub(super) fn of(path: &str) -> Self {
        let segment = |text: &str| {
            let name = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            name.map_or_else(
                || Segment::Literal(text.to_owned()),
                |name| Segment::Parameter(name.to_owned()),
            )
        };
        Self(path.split('/').map(segment).collect())
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        let mut texts = path.split('/');
        let fits = self.0.iter().all(|segment| texts.next().is_some_and(|text| segment.fits(text)));
        fits && texts.next().is_none()
    }

    /// What stands for each parameter in a path that matches.
    pub(super) fn parameters<'a>(
        &'a self,
        path: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().zip(path.split('/')).filter_map(|(segment, text)| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => Some((name.as_str(), text)),
        })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) => Some(name.as_str()),
        })
    }
}

impl Segment {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Parameter(_) => !text.is_empty(),
        }
    }
}
