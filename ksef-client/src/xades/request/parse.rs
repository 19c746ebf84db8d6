//! Reading a login document, as KSeF does and as what stands in for it does.

use core::str::FromStr;

use ksef_core::{ContextIdentifier, ContextIdentifierKind, ReferenceNumber};
use uppsala::NodeId;

use super::{AllowedIps, AuthSchema, AuthTokenRequest, RequestError, SubjectIdentifierType};
use crate::xades::Policy;
use crate::xades::tree::{Tree, decode};

impl AuthTokenRequest {
    /// Reads a login document without its signature.
    ///
    /// Check digits are not asked for, since KSeF does so in Production only.
    ///
    /// # Errors
    ///
    /// What does not fit the schema. The patterns of the published schemas for `NipVatUe` and
    /// `PeppolId` are wrong (`^` and `$` are ordinary characters there); what they mean is asked
    /// for.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let decoded = decode(text.as_bytes()).map_err(|_| RequestError::Schema)?;
        let tree =
            Tree::parse(&decoded, Policy::DEFAULT_MAX_DEPTH).map_err(|_| RequestError::Schema)?;
        let schema = AuthSchema::ALL
            .into_iter()
            .find(|schema| tree.is(tree.root(), schema.namespace(), "AuthTokenRequest"))
            .ok_or(RequestError::Schema)?;
        let reader = Reader { tree: &tree, namespace: schema.namespace() };
        reader.request(schema)
    }
}

struct Reader<'t, 'a> {
    tree: &'t Tree<'a>,
    namespace: &'static str,
}

impl Reader<'_, '_> {
    fn request(&self, schema: AuthSchema) -> Result<AuthTokenRequest, RequestError> {
        let mut parts = self.tree.children(self.tree.root());
        let challenge = self.required(parts.next(), "Challenge")?;
        let context = self.required(parts.next(), "ContextIdentifier")?;
        let subject = self.required(parts.next(), "SubjectIdentifierType")?;
        let allowed_ips = match parts.next() {
            Some(policy) => self.policy(self.required(Some(policy), "AuthorizationPolicy")?)?,
            None => AllowedIps::default(),
        };
        if parts.next().is_some() {
            return Err(RequestError::Schema);
        }
        let challenge: ReferenceNumber =
            self.token(challenge)?.parse().map_err(|_| RequestError::Challenge)?;
        let subject = self.token(subject)?;
        let subject =
            SubjectIdentifierType::ALL.into_iter().find(|known| known.as_str() == subject);
        let subject = subject.ok_or(RequestError::Schema)?;
        let request = AuthTokenRequest::new(challenge, self.context(context)?, subject)?;
        Ok(request.with_schema(schema).with_allowed_ips(allowed_ips))
    }

    fn context(&self, node: NodeId) -> Result<ContextIdentifier, RequestError> {
        let value = self.only(node)?;
        let name = self.name(value).ok_or(RequestError::Context)?;
        let kind: ContextIdentifierKind = name.parse().map_err(|_| RequestError::Context)?;
        // Not a token in the schema: blanks around it are not allowed.
        let value = self.tree.text(value).ok_or(RequestError::Context)?;
        ContextIdentifier::for_test_environment(kind, &value).map_err(|_| RequestError::Context)
    }

    fn policy(&self, node: NodeId) -> Result<AllowedIps, RequestError> {
        let list = self.required(Some(self.only(node)?), "AllowedIps")?;
        let mut ips = AllowedIps::default();
        let mut last_kind = 0;
        for entry in self.tree.children(list) {
            let kind = match self.name(entry) {
                Some("Ip4Address") => 1,
                Some("Ip4Range") => 2,
                Some("Ip4Mask") => 3,
                _ => return Err(RequestError::Schema),
            };
            if kind < last_kind {
                return Err(RequestError::Schema);
            }
            last_kind = kind;
            let text = self.token(entry)?;
            match kind {
                1 => ips.allow_address(ip(&text)?)?,
                2 => ips.allow_range(ip(&text)?)?,
                _ => ips.allow_mask(ip(&text)?)?,
            }
        }
        Ok(ips)
    }

    fn only(&self, node: NodeId) -> Result<NodeId, RequestError> {
        let mut children = self.tree.children(node);
        let only = children.next().filter(|_| children.next().is_none());
        only.ok_or(RequestError::Schema)
    }

    fn required(&self, node: Option<NodeId>, name: &str) -> Result<NodeId, RequestError> {
        node.filter(|node| self.tree.is(*node, self.namespace, name)).ok_or(RequestError::Schema)
    }

    fn name(&self, node: NodeId) -> Option<&str> {
        let name = &self.tree.element(node)?.name;
        (name.namespace_uri.as_deref() == Some(self.namespace)).then_some(&*name.local_name)
    }

    /// The text without blanks around it, as `xsd:token` has it.
    fn token(&self, node: NodeId) -> Result<String, RequestError> {
        let text = self.tree.text(node).ok_or(RequestError::Schema)?;
        Ok(text.trim_ascii().to_owned())
    }
}

fn ip<T: FromStr>(text: &str) -> Result<T, RequestError> {
    text.parse().map_err(|_| RequestError::Ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "<AuthTokenRequest xmlns=\"http://ksef.mf.gov.pl/auth/token/2.0\">
        <Challenge> 20250604-CR-461EA5B000-537A6BA15D-D7 </Challenge>
        <ContextIdentifier><Nip>5265877635</Nip></ContextIdentifier>
        <SubjectIdentifierType>certificateSubject</SubjectIdentifierType>
        <AuthorizationPolicy><AllowedIps><Ip4Address>10.0.0.1</Ip4Address></AllowedIps></AuthorizationPolicy>
        </AuthTokenRequest>";

    #[test]
    fn an_indented_document_is_read() {
        let request = AuthTokenRequest::parse(GOOD).unwrap();
        assert_eq!(request.schema(), AuthSchema::V2_0);
        assert_eq!(request.context(), "Nip/5265877635".parse().unwrap());
        assert!(!request.allowed_ips().allows([10, 0, 0, 2].into()));
    }

    #[test]
    fn every_departure_from_the_schema_is_told() {
        for (from, to, expected) in [
            ("token/2.0", "token/1.0", RequestError::Schema),
            ("Challenge>", "challenge>", RequestError::Schema),
            ("-CR-", "-SO-", RequestError::Challenge),
            ("20250604-", "2025064-", RequestError::Challenge),
            ("<Nip>5265877635", "<Nip>526587763", RequestError::Context),
            ("<Nip>5265877635", "<Nip> 5265877635", RequestError::Context),
            ("Nip>", "Pesel>", RequestError::Context),
            ("certificateSubject", "CertificateSubject", RequestError::Schema),
            ("10.0.0.1", "10.0.0.256", RequestError::Ip),
            ("Ip4Address>", "Ip6Address>", RequestError::Schema),
            ("<AuthorizationPolicy>", "<More/><AuthorizationPolicy>", RequestError::Schema),
            ("</AuthTokenRequest>", "<More/></AuthTokenRequest>", RequestError::Schema),
            ("</AuthTokenRequest>", "", RequestError::Schema),
        ] {
            let bad = GOOD.replace(from, to);
            assert_eq!(AuthTokenRequest::parse(&bad), Err(expected), "{to}");
        }
        let eleven = "<Ip4Address>10.0.0.1</Ip4Address>".repeat(11);
        let bad = GOOD.replace("<Ip4Address>10.0.0.1</Ip4Address>", &eleven);
        assert_eq!(AuthTokenRequest::parse(&bad), Err(RequestError::TooManyIps));
    }
}
