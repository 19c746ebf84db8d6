//! `QrImage`, the code as a picture.

use core::fmt;

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};

/// The white margin around the code, in modules: ISO/IEC 18004.
const QUIET_ZONE: usize = 4;

/// A verification link as a QR code (ISO/IEC 18004, error correction level M).
///
/// The label below it is text, which belongs to the page: see
/// [`InvoiceLink::label`](super::InvoiceLink::label).
///
/// ```
/// use ksef_client::verification_link::QrImage;
///
/// let code = QrImage::new("https://qr-test.ksef.mf.gov.pl/invoice/5265877635/01-02-2026/hash")?;
/// assert!(code.svg().contains("<svg"));
/// assert!(code.png(4)?.starts_with(b"\x89PNG"));
/// # Ok::<(), ksef_client::verification_link::QrError>(())
/// ```
pub struct QrImage {
    code: QrCode,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// More than a QR code holds.
    #[error("the link is longer than a QR code holds")]
    TooLong,
    /// A module of no pixels, or a picture of more than 8,192 in a row.
    #[error("a module must have at least one pixel, and the picture at most 8192 in a row")]
    Size,
    /// The picture could not be written.
    #[error("the picture could not be written")]
    Image,
}

impl QrImage {
    /// The most pixels in a row.
    const MOST_PIXELS: usize = 8_192;

    /// The code for a link.
    ///
    /// # Errors
    ///
    /// [`QrError::TooLong`].
    pub fn new(link: &str) -> Result<Self, QrError> {
        let code = QrCode::with_error_correction_level(link, EcLevel::M);
        Ok(Self { code: code.map_err(|_| QrError::TooLong)? })
    }

    /// How many modules, the squares of the code, it has in a row, with its white margin.
    #[must_use]
    pub fn modules(&self) -> usize {
        self.code.width() + 2 * QUIET_ZONE
    }

    /// As SVG, which has no size of its own in print.
    #[must_use]
    pub fn svg(&self) -> String {
        self.code.render::<svg::Color<'_>>().quiet_zone(true).module_dimensions(4, 4).build()
    }

    /// As PNG in black and white, with so many pixels for a module in each direction.
    ///
    /// # Errors
    ///
    /// [`QrError::Size`] or [`QrError::Image`].
    pub fn png(&self, module_pixels: usize) -> Result<Vec<u8>, QrError> {
        let pixels = self.modules().checked_mul(module_pixels).filter(|pixels| *pixels > 0);
        let pixels = pixels.filter(|pixels| *pixels <= Self::MOST_PIXELS).ok_or(QrError::Size)?;
        let side = u32::try_from(pixels).map_err(|_| QrError::Size)?;
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().map_err(|_| QrError::Image)?;
        let rows: Vec<u8> = (0..pixels).flat_map(|row| self.row(row, module_pixels)).collect();
        writer.write_image_data(&rows).map_err(|_| QrError::Image)?;
        writer.finish().map_err(|_| QrError::Image)?;
        Ok(file)
    }

    /// A row of pixels, eight in a byte, white set.
    fn row(&self, row: usize, module_pixels: usize) -> Vec<u8> {
        let y = row / module_pixels;
        let modules = (0..self.modules()).map(|x| self.is_white(x, y));
        let pixels: Vec<bool> =
            modules.flat_map(|white| core::iter::repeat_n(white, module_pixels)).collect();
        let byte = |eight: &[bool]| {
            let bits = eight.iter().zip((0..8_u8).rev());
            bits.fold(0, |byte, (white, bit)| byte | u8::from(*white) << bit)
        };
        pixels.chunks(8).map(byte).collect()
    }

    /// Whether a module is white; those of the margin are.
    fn is_white(&self, x: usize, y: usize) -> bool {
        let place = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.code.width());
        let (Some(x), Some(y)) = (place(x), place(y)) else {
            return true;
        };
        // In bounds by `place`.
        self.code[(x, y)] == Color::Light
    }
}

/// Shows the size and none of the link.
impl fmt::Debug for QrImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrImage").field("modules", &self.modules()).finish_non_exhaustive()
    }
}
