#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(dead_code, unused_imports, reason = "nobody calls these modules yet")]

mod archive;
mod faults;
mod limiter;
