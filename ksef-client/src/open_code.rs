//! Codes of lists to which KSeF adds without a new version of the API.

/// Makes an enum of the values that are known, which keeps one that is not.
macro_rules! open_codes {
    ($(#[$documentation:meta])* $name:ident {
        $($(#[$of_variant:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$documentation])*
        ///
        /// The list is open: a value that this version does not know is kept as it is.
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$of_variant])* $variant,)*
            /// A value that this version does not know.
            Other(String),
        }

        impl $name {
            /// As the API writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = core::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(match text {
                    $($text => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                })
            }
        }
    };
}
pub(crate) use open_codes;

#[cfg(test)]
mod tests {
    use crate::permissions::PermissionState;

    #[test]
    fn a_value_that_is_not_known_is_kept_as_it_is() {
        for text in ["Active", "active", "ValueToCome", ""] {
            let Ok(state) = text.parse::<PermissionState>();
            assert_eq!(state.to_string(), text);
            assert_eq!(matches!(state, PermissionState::Other(_)), text != "Active", "{text}");
        }
    }
}
