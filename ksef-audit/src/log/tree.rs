//! The Merkle tree of RFC 6962 and what is needed to append to it.

use ksef_core::Sha256Digest;
use sha2::{Digest as _, Sha256};

/// The hash of a leaf: `SHA-256(0x00 ‖ record)`.
///
/// ```
/// use ksef_audit::log::leaf_hash;
///
/// let of_nothing = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
/// assert_eq!(leaf_hash(b"").to_hex(), of_nothing);
/// ```
#[must_use]
pub fn leaf_hash(record: &[u8]) -> Sha256Digest {
    let hash = Sha256::new().chain_update([0]).chain_update(record);
    Sha256Digest::from_bytes(hash.finalize().into())
}

/// The hash of a node: `SHA-256(0x01 ‖ left ‖ right)`.
#[must_use]
pub fn node_hash(left: Sha256Digest, right: Sha256Digest) -> Sha256Digest {
    let hash = Sha256::new().chain_update([1]);
    let hash = hash.chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Sha256Digest::from_bytes(hash.finalize().into())
}

/// The size of a log and the hash over all of it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the tree head of RFC 6962, without its signature")]
pub struct TreeHead {
    /// The number of records.
    pub size: u64,
    /// The root hash; `SHA-256` of nothing for an empty log.
    pub root: Sha256Digest,
}

/// The root of a complete subtree: the `index`-th group of `2^level` leaves.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "the two coordinates of a node")]
pub struct Node {
    /// 0 for a leaf.
    pub level: u32,
    /// Counted from 0 within the level.
    pub index: u64,
}

/// The right edge of a tree: what appending needs, at most 64 hashes.
///
/// It is the head that a backend keeps beside the records, see [`Frontier::to_bytes`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    /// One hash per bit of the size that is set, the largest subtree first.
    hashes: Vec<Sha256Digest>,
}

/// Stored bytes that are no frontier. The head of the log was damaged; it can be computed anew from
/// the records and compared with the last checkpoint.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the stored head of the log is damaged; compute it from the records")]
#[non_exhaustive]
pub struct FrontierError;

impl Frontier {
    /// The frontier of an empty log.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, hashes: Vec::new() }
    }

    /// The number of records, which is the index of the next one.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns the nodes that are complete with it, the leaf first.
    ///
    /// A backend that stores them can prove inclusion and consistency with as many reads as the
    /// tree has levels. There are at most two of them per record on average.
    pub fn append(&mut self, leaf: Sha256Digest) -> Vec<(Node, Sha256Digest)> {
        let mut node = Node { level: 0, index: self.size };
        let mut hash = leaf;
        let mut complete = vec![(node, hash)];
        while node.index % 2 == 1 {
            let Some(left) = self.hashes.pop() else { break };
            hash = node_hash(left, hash);
            node = Node { level: node.level + 1, index: node.index / 2 };
            complete.push((node, hash));
        }
        self.hashes.push(hash);
        self.size += 1;
        complete
    }

    /// The size and the root hash.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        let folded = self.hashes.iter().rev().copied().reduce(|right, left| node_hash(left, right));
        TreeHead { size: self.size, root: folded.unwrap_or_else(|| Sha256Digest::of(b"")) }
    }

    /// The size in 8 bytes, big-endian, and the hashes, the largest subtree first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let hashes = self.hashes.iter().flat_map(|hash| *hash.as_bytes());
        self.size.to_be_bytes().into_iter().chain(hashes).collect()
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// When there are more or fewer hashes than the size calls for.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, hashes) = bytes.split_first_chunk().ok_or(FrontierError)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        let fits = u32::try_from(hashes.len()) == Ok(size.count_ones()) && rest.is_empty();
        let hashes = hashes.iter().copied().map(Sha256Digest::from_bytes).collect();
        if fits { Ok(Self { size, hashes }) } else { Err(FrontierError) }
    }
}

/// A whole tree in memory, 64 bytes per record, for tests and for exports of moderate size.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    frontier: Frontier,
    levels: Vec<Vec<Sha256Digest>>,
}

impl MemoryTree {
    /// An empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { frontier: Frontier::new(), levels: Vec::new() }
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Sha256Digest) {
        for (level, (_, hash)) in self.frontier.append(leaf).into_iter().enumerate() {
            match self.levels.get_mut(level) {
                Some(hashes) => hashes.push(hash),
                None => self.levels.push(vec![hash]),
            }
        }
    }

    /// The hash of a complete subtree.
    #[must_use]
    pub fn node(&self, node: Node) -> Option<Sha256Digest> {
        let hashes = self.levels.get(usize::try_from(node.level).ok()?)?;
        hashes.get(usize::try_from(node.index).ok()?).copied()
    }

    /// The size and the root hash.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }
}

impl Extend<Sha256Digest> for MemoryTree {
    fn extend<T: IntoIterator<Item = Sha256Digest>>(&mut self, leaves: T) {
        leaves.into_iter().for_each(|leaf| self.append(leaf));
    }
}

impl FromIterator<Sha256Digest> for MemoryTree {
    fn from_iter<T: IntoIterator<Item = Sha256Digest>>(leaves: T) -> Self {
        let mut tree = Self::new();
        tree.extend(leaves);
        tree
    }
}

/// The definition of RFC 6962, section 2.1, written down as it stands there.
#[cfg(test)]
pub(crate) fn naive_root(leaves: &[Sha256Digest]) -> Sha256Digest {
    match leaves {
        [] => Sha256Digest::of(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(naive_root(left), naive_root(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The eight leaves with which implementations of RFC 6962 are compared.
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// The roots of the first 0 to 8 of them.
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves(count: usize) -> Vec<Sha256Digest> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    #[test]
    fn the_roots_of_the_known_leaves_are_the_known_roots() {
        let mut frontier = Frontier::new();
        assert_eq!(frontier.head().root.to_hex(), ROOTS[0]);
        for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
            frontier.append(leaf_hash(leaf));
            assert_eq!(&frontier.head().root.to_hex(), root);
        }
    }

    #[test]
    fn every_size_has_the_root_of_the_definition_and_survives_being_stored() {
        let leaves = leaves(260);
        let mut frontier = Frontier::new();
        for size in 0..=leaves.len() {
            let expected = TreeHead { size: size as u64, root: naive_root(&leaves[..size]) };
            assert_eq!(frontier.head(), expected);
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()));
            if let Some(leaf) = leaves.get(size) {
                frontier.append(*leaf);
            }
        }
    }

    #[test]
    fn the_nodes_that_are_complete_are_those_of_the_definition() {
        let leaves = leaves(70);
        let tree: MemoryTree = leaves.iter().copied().collect();
        for level in 0..8_u32 {
            for index in 0..70_u64 {
                let from = usize::try_from(index << level).unwrap();
                let expected = leaves.get(from..from + (1 << level)).map(naive_root);
                assert_eq!(tree.node(Node { level, index }), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn stored_bytes_are_a_frontier_or_an_error(bytes: Vec<u8>) {
            if let Ok(frontier) = Frontier::from_bytes(&bytes) {
                prop_assert_eq!(frontier.to_bytes(), bytes);
            }
        }

        #[test]
        fn a_frontier_that_lost_or_gained_a_byte_is_refused(count in 0..600_usize) {
            let mut frontier = Frontier::new();
            for leaf in leaves(count) {
                frontier.append(leaf);
            }
            let mut bytes = frontier.to_bytes();
            prop_assert!(Frontier::from_bytes(&bytes[1..]).is_err());
            bytes.push(0);
            prop_assert!(Frontier::from_bytes(&bytes).is_err());
        }
    }
}
