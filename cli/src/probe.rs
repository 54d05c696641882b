//! `edge-cors probe`: finds out by questions what a server's policy is.

#[cfg(test)]
mod alike;
mod draft;
mod infer;
mod interview;
mod permissions;
mod question;
mod relation;
mod survey;
