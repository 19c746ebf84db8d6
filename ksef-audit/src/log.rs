//! The log that shows tampering: a Merkle tree over everything that was recorded.
//!
//! Each tenant has one log per environment. Its leaves are [`Record`]s, its hashes are those of
//! RFC 6962, section 2.1 (RFC 9162 has the same): `SHA-256(0x00 ‖ record)` for a leaf and
//! `SHA-256(0x01 ‖ left ‖ right)` for a node. Nothing here does input or output, so that any
//! backend can write the head of the tree in the transaction of the record.
//!
//! ```
//! use ksef_audit::log::{Frontier, InclusionProof, MemoryTree, leaf_hash};
//!
//! let records: [&[u8]; 3] = [b"one", b"two", b"three"];
//! let mut frontier = Frontier::new();
//! let mut tree = MemoryTree::new();
//! for record in records {
//!     frontier.append(leaf_hash(record));
//!     tree.append(leaf_hash(record));
//! }
//! let head = frontier.head();
//! let proof = InclusionProof::build(1, head.size, |node| tree.node(node)).unwrap();
//! assert_eq!(proof.verify(leaf_hash(b"two"), &head), Ok(()));
//! assert!(proof.verify(leaf_hash(b"2"), &head).is_err());
//! ```

mod chain;
mod checkpoint;
mod proof;
mod record;
mod sink;
mod tree;

pub use chain::{ChainError, ChainVerifier};
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointSigner, Origin, SignedCheckpoint, VerifierKey,
};
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use record::{Record, RecordError, RecordKind, Tag, Value};
#[cfg(feature = "object-store")]
pub use sink::ObjectStoreSink;
pub use sink::{CheckpointSink, FileSink, SinkError};
pub use tree::{Frontier, FrontierError, MemoryTree, Node, TreeHead, leaf_hash, node_hash};
