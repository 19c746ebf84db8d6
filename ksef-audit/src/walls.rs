//! What must not compile: the walls between tenants and between environments.
//!
//! This does, so that the others fail for their own reason:
//!
//! ```
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = test.submission(test_id).await;
//! let _ = test.append_all(vec![Append { id: test_id, events: Vec::new() }]).await;
//! let _ = test.release(test_work, &seen, None).await;
//! let _ = demo.head().await;
//! let _ = production.head().await;
//! # }
//! ```
//!
//! A TEST id is not found in PRODUCTION, it does not even compile.
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.submission(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.row(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.timeline(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.xml(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.source(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.upo(test_id).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.append(test_id, Vec::new()).await;
//! # }
//! ```
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.append_all(vec![Append { id: test_id, events: Vec::new() }]).await;
//! # }
//! ```
//!
//! DEMO is neither.
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = demo.submission(test_id).await;
//! # }
//! ```
//!
//! Work of one environment is not given back in another.
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = production.release(test_work, &seen, None).await;
//! # }
//! ```
//!
//! A handle of one environment is none of another.
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _: Tenant<Production> = test;
//! # }
//! ```
//!
//! A number is no id.
//!
//! ```compile_fail,E0308
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = test.submission(1).await;
//! # }
//! ```
//!
//! Nobody makes an id but a handle.
//!
//! ```compile_fail,E0423
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = test.submission(SubmissionId::<Test>(1)).await;
//! # }
//! ```
//!
//! Nor a handle but a backend.
//!
//! ```compile_fail,E0451
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! let _ = Tenant::<Test> { ..test };
//! # }
//! ```
//!
//! There are no other environments.
//!
//! ```compile_fail,E0277
//! # use ksef_audit::*;
//! # async fn f(test: Tenant<Test>, demo: Tenant<Demo>, production: Tenant<Production>,
//! #     test_id: SubmissionId<Test>, test_work: Leased<Test>, seen: Submission) {
//! #[derive(Clone, Copy, Debug)] struct Own; impl EnvironmentType for Own { const ENVIRONMENT: ksef_core::Environment = ksef_core::Environment::Test; }
//! # }
//! ```
