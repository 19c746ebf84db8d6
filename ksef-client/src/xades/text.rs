//! Writing text as canonical XML does.

use core::fmt::Write as _;

/// `<name>value</name>` in canonical form, without attributes.
pub(super) fn push_element(xml: &mut String, name: &str, value: &str) {
    push_open(xml, name);
    push_text(xml, value);
    push_close(xml, name);
}

pub(super) fn push_open(xml: &mut String, name: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
}

pub(super) fn push_close(xml: &mut String, name: &str) {
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

/// Text content, escaped as section 2.3 of Canonical XML 1.0 says.
pub(super) fn push_text(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#xD;"),
            other => xml.push(other),
        }
    }
}

/// Bytes of a certificate's serial number as a decimal number, which XML Signature asks for.
pub(super) fn decimal(big_endian: &[u8]) -> String {
    // Nine decimal digits a limb, the least significant first.
    const LIMB: u64 = 1_000_000_000;
    let mut limbs = vec![0_u64];
    for byte in big_endian {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            let value = *limb * 256 + carry;
            *limb = value % LIMB;
            carry = value / LIMB;
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut limbs = limbs.iter().rev();
    let mut text = limbs.next().copied().unwrap_or_default().to_string();
    for limb in limbs {
        // Writing into a string never fails.
        let _ = write!(text, "{limb:09}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_written_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0x3b, 0x9a, 0xca, 0x00]), "1000000000");
        assert_eq!(decimal(&[0xff; 8]), u64::MAX.to_string());
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
        let mut power = vec![1];
        power.extend([0; 19]);
        assert_eq!(decimal(&power), "5708990770823839524233143877797980545530986496");
    }

    #[test]
    fn text_is_escaped_as_canonical_xml_does() {
        let mut xml = String::new();
        push_element(&mut xml, "a", "x < y & \"z\" > 'ó'\r\n\t");
        assert_eq!(xml, "<a>x &lt; y &amp; \"z\" &gt; 'ó'&#xD;\n\t</a>");
    }
}
