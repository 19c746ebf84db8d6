//! Proofs that a record is in a log, and that a log only grew.

use ksef_core::Sha256Digest;

use super::tree::{Node, TreeHead, node_hash};

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The index or the sizes are not those of such a proof, or of this head.
    #[error("the proof is for another place or size")]
    Range,
    /// There are more or fewer hashes than a tree of this size calls for.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root: the record or the log was changed.
    #[error("the proof leads to another root; the record or the log was changed")]
    Root,
}

/// The proof that a record is in a log of some size (RFC 6962, section 2.1.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what RFC 6962 puts in it")]
pub struct InclusionProof {
    /// The place of the record, counted from 0.
    pub index: u64,
    /// The size of the log for which it holds.
    pub size: u64,
    /// The hashes beside the way to the root, from the leaf upwards; at most 63.
    pub path: Vec<Sha256Digest>,
}

/// The proof that a log is an earlier one with records appended (RFC 6962, section 2.1.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "what RFC 6962 puts in it")]
pub struct ConsistencyProof {
    /// The size of the earlier log.
    pub earlier: u64,
    /// The size of the later one.
    pub later: u64,
    /// The hashes, in the order of RFC 6962.
    pub path: Vec<Sha256Digest>,
}

/// The leaves from `start` on, `length` of them; `start` is a multiple of the power of two from
/// `length` upwards, as it is for every subtree that RFC 6962 cuts.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    length: u64,
}

impl Range {
    /// The left subtree, the largest that is complete and not all of it, and the right one.
    fn split(self) -> Option<(Self, Self)> {
        let left = self.length.checked_sub(1)?.checked_ilog2().map(|level| 1_u64 << level)?;
        let right = Self { start: self.start + left, length: self.length - left };
        Some((Self { start: self.start, length: left }, right))
    }

    /// The complete subtrees that it consists of, from left to right.
    fn nodes(self) -> impl Iterator<Item = Node> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let level = rest.length.checked_ilog2()?;
            let node = Node { level, index: rest.start >> level };
            rest.start += 1 << level;
            rest.length -= 1 << level;
            Some(node)
        })
    }

    fn hash(self, node: &mut impl FnMut(Node) -> Option<Sha256Digest>) -> Option<Sha256Digest> {
        let hashes: Option<Vec<_>> = self.nodes().map(node).collect();
        hashes?.into_iter().rev().reduce(|right, left| node_hash(left, right))
    }
}

/// The subtrees beside the way to leaf `index`, from the leaf upwards.
fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range>> {
    let mut ranges = Vec::new();
    let mut range = Range { start: 0, length: size };
    if index >= size {
        return None;
    }
    while let Some((left, right)) = range.split() {
        let is_left = index < right.start;
        let (way, beside) = if is_left { (left, right) } else { (right, left) };
        ranges.push(beside);
        range = way;
    }
    ranges.reverse();
    Some(ranges)
}

/// The subtrees of a consistency proof, in the order of RFC 6962.
fn consistency_ranges(earlier: u64, later: u64) -> Option<Vec<Range>> {
    let mut ranges = Vec::new();
    let mut range = Range { start: 0, length: later };
    if earlier > later {
        return None;
    }
    if earlier == 0 || earlier == later {
        return Some(ranges);
    }
    while range.start + range.length != earlier {
        let (left, right) = range.split()?;
        let is_left = earlier <= right.start;
        let (way, beside) = if is_left { (left, right) } else { (right, left) };
        ranges.push(beside);
        range = way;
    }
    // The earlier root itself is known to whoever verifies.
    if range.start != 0 {
        ranges.push(range);
    }
    ranges.reverse();
    Some(ranges)
}

fn nodes_of(ranges: Option<Vec<Range>>) -> Vec<Node> {
    ranges.unwrap_or_default().into_iter().flat_map(Range::nodes).collect()
}

fn hashes_of(
    ranges: Option<Vec<Range>>,
    mut node: impl FnMut(Node) -> Option<Sha256Digest>,
) -> Option<Vec<Sha256Digest>> {
    ranges?.into_iter().map(|range| range.hash(&mut node)).collect()
}

impl InclusionProof {
    /// The nodes that the proof is built from, so that a backend can read them in one go. There
    /// are none if the record is not in a log of this size.
    #[must_use]
    pub fn nodes(index: u64, size: u64) -> Vec<Node> {
        nodes_of(inclusion_ranges(index, size))
    }

    /// The proof for the record at `index` in the first `size` records; `None` if it is not among
    /// them, or if `node` does not know one of [`InclusionProof::nodes`].
    #[must_use]
    pub fn build(
        index: u64,
        size: u64,
        node: impl FnMut(Node) -> Option<Sha256Digest>,
    ) -> Option<Self> {
        let path = hashes_of(inclusion_ranges(index, size), node)?;
        Some(Self { index, size, path })
    }

    /// Verifies that the record with this leaf hash is in the log with this head.
    ///
    /// # Errors
    ///
    /// [`ProofError`], if it is not shown to be.
    pub fn verify(&self, leaf: Sha256Digest, head: &TreeHead) -> Result<(), ProofError> {
        if self.size != head.size || self.index >= self.size {
            return Err(ProofError::Range);
        }
        let (mut index, mut last) = (self.index, self.size - 1);
        let mut hash = leaf;
        for beside in &self.path {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if index % 2 == 1 || index == last {
                hash = node_hash(*beside, hash);
                let levels = if index % 2 == 1 { 0 } else { index.trailing_zeros() };
                (index, last) = (shift(index, levels), shift(last, levels));
            } else {
                hash = node_hash(hash, *beside);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        compare(&[(hash, head.root)], last)
    }
}

impl ConsistencyProof {
    /// The nodes that the proof is built from.
    #[must_use]
    pub fn nodes(earlier: u64, later: u64) -> Vec<Node> {
        nodes_of(consistency_ranges(earlier, later))
    }

    /// The proof between the first `earlier` and the first `later` records; `None` if that is no
    /// growth, or if `node` does not know one of [`ConsistencyProof::nodes`].
    #[must_use]
    pub fn build(
        earlier: u64,
        later: u64,
        node: impl FnMut(Node) -> Option<Sha256Digest>,
    ) -> Option<Self> {
        let path = hashes_of(consistency_ranges(earlier, later), node)?;
        Some(Self { earlier, later, path })
    }

    /// Verifies that the log with head `later` begins with the log with head `earlier`.
    ///
    /// Every log begins with the empty one, whose root is checked all the same.
    ///
    /// # Errors
    ///
    /// [`ProofError`], if it is not shown to.
    pub fn verify(&self, earlier: &TreeHead, later: &TreeHead) -> Result<(), ProofError> {
        let sizes = (earlier.size, later.size);
        if sizes != (self.earlier, self.later) || earlier.size > later.size {
            return Err(ProofError::Range);
        }
        if earlier.size == later.size || earlier.size == 0 {
            let known = if earlier.size == 0 { Sha256Digest::of(b"") } else { later.root };
            return self
                .path
                .is_empty()
                .then_some(())
                .ok_or(ProofError::Length)
                .and_then(|()| compare(&[(earlier.root, known)], 0));
        }
        self.walk(earlier, later)
    }

    /// RFC 9162, section 2.1.4.2.
    fn walk(&self, earlier: &TreeHead, later: &TreeHead) -> Result<(), ProofError> {
        let mut path = self.path.iter().copied();
        let first = if earlier.size.is_power_of_two() { Some(earlier.root) } else { path.next() };
        let first = first.ok_or(ProofError::Length)?;
        let (mut old, mut new) = (first, first);
        let levels = (earlier.size - 1).trailing_ones();
        let (mut index, mut last) =
            (shift(earlier.size - 1, levels), shift(later.size - 1, levels));
        for beside in path {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if index % 2 == 1 || index == last {
                (old, new) = (node_hash(beside, old), node_hash(beside, new));
                let levels = if index % 2 == 1 { 0 } else { index.trailing_zeros() };
                (index, last) = (shift(index, levels), shift(last, levels));
            } else {
                new = node_hash(new, beside);
            }
            (index, last) = (index >> 1, last >> 1);
        }
        compare(&[(old, earlier.root), (new, later.root)], last)
    }
}

fn shift(number: u64, levels: u32) -> u64 {
    number.checked_shr(levels).unwrap_or_default()
}

/// `last` is what is left of the way up: nothing, in a proof of the right length.
fn compare(pairs: &[(Sha256Digest, Sha256Digest)], last: u64) -> Result<(), ProofError> {
    match (last, pairs.iter().all(|(computed, stated)| computed == stated)) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::tree::naive_root;
    use crate::log::{MemoryTree, leaf_hash};

    fn leaves(count: usize) -> Vec<Sha256Digest> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    fn head(leaves: &[Sha256Digest]) -> TreeHead {
        TreeHead { size: leaves.len() as u64, root: naive_root(leaves) }
    }

    /// `PATH(m, D[n])` of RFC 6962, section 2.1.1, as it stands there.
    fn naive_path(index: usize, leaves: &[Sha256Digest]) -> Vec<Sha256Digest> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let middle = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(middle);
        let (mut path, beside) = if index < middle {
            (naive_path(index, left), naive_root(right))
        } else {
            (naive_path(index - middle, right), naive_root(left))
        };
        path.push(beside);
        path
    }

    /// `SUBPROOF(m, D[n], b)` of RFC 6962, section 2.1.2, as it stands there.
    fn naive_subproof(size: usize, leaves: &[Sha256Digest], known: bool) -> Vec<Sha256Digest> {
        if size == leaves.len() {
            return if known { Vec::new() } else { vec![naive_root(leaves)] };
        }
        let middle = leaves.len().next_power_of_two() / 2;
        let (left, right) = leaves.split_at(middle);
        let (mut proof, beside) = if size <= middle {
            (naive_subproof(size, left, known), naive_root(right))
        } else {
            (naive_subproof(size - middle, right, false), naive_root(left))
        };
        proof.push(beside);
        proof
    }

    #[test]
    fn every_inclusion_proof_is_the_one_of_the_definition_and_holds() {
        let leaves = leaves(70);
        let tree: MemoryTree = leaves.iter().copied().collect();
        for size in 1..=leaves.len() {
            let head = head(&leaves[..size]);
            for index in 0..size {
                let proof =
                    InclusionProof::build(index as u64, size as u64, |node| tree.node(node))
                        .unwrap();
                assert_eq!(proof.path, naive_path(index, &leaves[..size]));
                assert_eq!(proof.verify(leaves[index], &head), Ok(()));
            }
            assert_eq!(
                InclusionProof::build(size as u64, size as u64, |node| tree.node(node)),
                None
            );
        }
    }

    #[test]
    fn every_consistency_proof_is_the_one_of_the_definition_and_holds() {
        let leaves = leaves(70);
        let tree: MemoryTree = leaves.iter().copied().collect();
        for later in 0..=leaves.len() {
            for earlier in 0..=later {
                let proof =
                    ConsistencyProof::build(earlier as u64, later as u64, |node| tree.node(node));
                let proof = proof.unwrap();
                if earlier > 0 {
                    assert_eq!(proof.path, naive_subproof(earlier, &leaves[..later], true));
                }
                let heads = (head(&leaves[..earlier]), head(&leaves[..later]));
                assert_eq!(proof.verify(&heads.0, &heads.1), Ok(()));
            }
            let shrunk =
                ConsistencyProof::build(later as u64 + 1, later as u64, |node| tree.node(node));
            assert_eq!(shrunk, None);
        }
    }

    #[test]
    fn the_nodes_that_are_named_are_the_ones_that_are_read() {
        let tree: MemoryTree = leaves(100).into_iter().collect();
        for (index, size) in [(0, 100), (63, 100), (64, 100), (99, 100), (6, 7)] {
            let mut read = Vec::new();
            let proof = InclusionProof::build(index, size, |node| {
                read.push(node);
                tree.node(node)
            });
            assert!(proof.is_some());
            assert_eq!(read, InclusionProof::nodes(index, size));
        }
    }

    #[test]
    fn numbers_at_the_edge_do_not_overflow() {
        let root = Sha256Digest::of(b"x");
        let head = |size| TreeHead { size, root };
        for index in [0, 1, u64::MAX - 1] {
            assert!(InclusionProof::nodes(index, u64::MAX).len() <= 128);
            for length in [0, 1, 63, 64, 65] {
                let proof = InclusionProof { index, size: u64::MAX, path: vec![root; length] };
                assert!(proof.verify(root, &head(u64::MAX)).is_err());
            }
        }
        for earlier in [1, 2, 1 << 63, u64::MAX - 1] {
            for length in [0, 1, 63, 64, 65, 66] {
                let proof = ConsistencyProof { earlier, later: u64::MAX, path: vec![root; length] };
                assert!(proof.verify(&head(earlier), &head(u64::MAX)).is_err());
            }
        }
    }

    fn any_hash() -> impl Strategy<Value = Sha256Digest> {
        any::<[u8; 32]>().prop_map(Sha256Digest::from_bytes)
    }

    /// Every way in which a list of hashes becomes another one by a single change.
    fn mutants(path: &[Sha256Digest], other: Sha256Digest) -> Vec<Vec<Sha256Digest>> {
        let mut mutants = Vec::new();
        for place in 0..=path.len() {
            let mut longer = path.to_vec();
            longer.insert(place, other);
            mutants.push(longer);
            if place < path.len() {
                let mut shorter = path.to_vec();
                shorter.remove(place);
                mutants.push(shorter);
                let mut changed = path.to_vec();
                changed[place] = other;
                mutants.push(changed);
                let mut swapped = path.to_vec();
                swapped.swap(place, 0);
                mutants.push(swapped);
            }
        }
        mutants.retain(|mutant| mutant != path);
        mutants
    }

    proptest! {
        #[test]
        fn a_changed_inclusion_proof_holds_for_nothing(
            size in 1..300_usize,
            at in any::<prop::sample::Index>(),
            other in any_hash(),
        ) {
            let leaves = leaves(size);
            let index = at.index(size);
            let head = head(&leaves);
            let tree: MemoryTree = leaves.iter().copied().collect();
            let proof =
                InclusionProof::build(index as u64, size as u64, |node| tree.node(node)).unwrap();
            for path in mutants(&proof.path, other) {
                let changed = InclusionProof { path, ..proof.clone() };
                prop_assert!(changed.verify(leaves[index], &head).is_err());
            }
            for elsewhere in (0..size).filter(|elsewhere| *elsewhere != index) {
                let moved = InclusionProof { index: elsewhere as u64, ..proof.clone() };
                prop_assert!(moved.verify(leaves[index], &head).is_err());
                prop_assert!(proof.verify(leaves[elsewhere], &head).is_err());
            }
            let wrong_root = TreeHead { root: other, ..head };
            prop_assert!(proof.verify(leaves[index], &wrong_root).is_err());
        }

        #[test]
        fn a_changed_consistency_proof_holds_for_nothing(
            later in 1..300_usize,
            at in any::<prop::sample::Index>(),
            other in any_hash(),
        ) {
            let leaves = leaves(later);
            let earlier = at.index(later) + 1;
            let heads = (head(&leaves[..earlier]), head(&leaves));
            let tree: MemoryTree = leaves.iter().copied().collect();
            let proof =
                ConsistencyProof::build(earlier as u64, later as u64, |node| tree.node(node)).unwrap();
            for path in mutants(&proof.path, other) {
                let changed = ConsistencyProof { path, ..proof.clone() };
                prop_assert!(changed.verify(&heads.0, &heads.1).is_err());
            }
            let wrong = TreeHead { root: other, ..heads.0 };
            prop_assert!(proof.verify(&wrong, &heads.1).is_err());
            let wrong = TreeHead { root: other, ..heads.1 };
            prop_assert!(proof.verify(&heads.0, &wrong).is_err());
        }
    }
}
