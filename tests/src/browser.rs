//! A Chromium without a window, driven over its `DevTools` protocol.
//!
//! It speaks through a pipe, which is a message of JSON and a zero byte at a time; nothing more is
//! needed to open pages, press keys and look.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::official_data::package_folder;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What Debian and others call it.
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// How long an answer or an event is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Gives the browser its pipes where it looks for them, at 3 and 4.
const PIPES: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// The browser: `$KSEF_BROWSER`, or the first on the path.
#[must_use]
pub fn program() -> Option<PathBuf> {
    if let Some(program) = env::var_os("KSEF_BROWSER") {
        return Some(program.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut files = env::split_paths(&path)
        .flat_map(|folder| PROGRAMS.map(|program| folder.join(program)))
        .filter(|file| file.is_file());
    files.next()
}

/// `axe-core`, if `tests/browser-packages` has put it there. Suites of every package find it.
#[must_use]
pub fn axe() -> Option<PathBuf> {
    let place = "target/browser/node_modules/axe-core/axe.min.js";
    let folder = package_folder();
    folder.ancestors().map(|folder| folder.join(place)).find(|file| file.is_file())
}

/// A browser with one page. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    session: Option<String>,
    next: u64,
    _profile: TempDir,
}

/// Something that accessibility asks for and a page lacks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Violation {
    /// The rule of axe-core.
    pub rule: String,
    /// Where, as selectors.
    pub places: Vec<String>,
}

impl Browser {
    /// Starts a browser with an empty profile, and opens a page of this size.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not answer.
    pub fn start((width, height): (u32, u32)) -> Result<Self> {
        let program = program().ok_or("there is no browser")?;
        let profile = TempDir::new()?;
        let mut child = Command::new("sh")
            .args(["-c", PIPES, "sh"])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
            ])
            .args(["--remote-debugging-pipe", "--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("the browser has no pipes")?;
        let output = child.stdout.take().ok_or("the browser has no pipes")?;
        let (sender, messages) = channel();
        thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(io::Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let (events, session, next) = (VecDeque::new(), None, 0);
        let mut browser = Self { child, input, messages, events, session, next, _profile: profile };
        browser.attach()?;
        browser.resize((width, height))?;
        Ok(browser)
    }

    fn attach(&mut self) -> Result<()> {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}))?;
        let target = json!({"targetId": target.get("targetId"), "flatten": true});
        let attached = self.call("Target.attachToTarget", &target)?;
        self.session = attached.get("sessionId").and_then(Value::as_str).map(str::to_owned);
        self.call("Page.enable", &json!({})).map(drop)
    }

    /// Makes the page so many pixels wide and high.
    ///
    /// # Errors
    ///
    /// When the browser does not do it.
    pub fn resize(&mut self, (width, height): (u32, u32)) -> Result<()> {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", &size).map(drop)
    }

    /// Says that whoever looks prefers dark pages, or light ones.
    ///
    /// # Errors
    ///
    /// When the browser does not do it.
    pub fn prefer_dark(&mut self, on: bool) -> Result<()> {
        let value = if on { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.call("Emulation.setEmulatedMedia", &features).map(drop)
    }

    /// Lets pages run scripts, or not.
    ///
    /// # Errors
    ///
    /// When the browser does not do it.
    pub fn run_scripts(&mut self, on: bool) -> Result<()> {
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": !on})).map(drop)
    }

    /// Opens an address, and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// When it is not loaded.
    pub fn open(&mut self, url: &str) -> Result<()> {
        self.loading(|browser| {
            let answer = browser.call("Page.navigate", &json!({"url": url}))?;
            match answer.get("errorText").and_then(Value::as_str) {
                Some(error) => Err(format!("{url}: {error}").into()),
                None => Ok(()),
            }
        })
    }

    /// Does something that loads a page, and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// When nothing is loaded.
    pub fn loading(&mut self, act: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.events.clear();
        act(self)?;
        self.event("Page.loadEventFired", |_| true).map(drop)
    }

    /// Clicks on what a selector finds, and waits until the page that follows is loaded.
    ///
    /// # Errors
    ///
    /// When there is no such thing, or no page follows.
    pub fn click(&mut self, selector: &str) -> Result<()> {
        self.loading(|browser| browser.click_only(selector))
    }

    /// Clicks on what a selector finds.
    ///
    /// # Errors
    ///
    /// When there is no such thing.
    pub fn click_only(&mut self, selector: &str) -> Result<()> {
        let selector = Value::from(selector);
        let found = self.evaluate(&format!(
            "(() => {{ const it = document.querySelector({selector}); it?.click(); return !!it }})()"
        ))?;
        if found == true { Ok(()) } else { Err(format!("there is no {selector}").into()) }
    }

    /// Writes into a field, in place of what it has.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub fn fill(&mut self, selector: &str, text: &str) -> Result<()> {
        let (selector, text) = (Value::from(selector), Value::from(text));
        let found = self.evaluate(&format!(
            "(() => {{ const it = document.querySelector({selector}); if (it) it.value = {text}; \
             return !!it }})()"
        ))?;
        if found == true { Ok(()) } else { Err(format!("there is no {selector}").into()) }
    }

    /// Presses a key, by its name: `Tab`, `Enter`, `Space`.
    ///
    /// # Errors
    ///
    /// When the browser does not do it.
    pub fn press(&mut self, key: &str) -> Result<()> {
        let (name, text, code) = match key {
            "Enter" => ("Enter", "\r", 13),
            "Space" => (" ", " ", 32),
            "Tab" => ("Tab", "", 9),
            _ => return Err(format!("{key} is no key that tests press").into()),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({
                "type": kind, "key": name, "code": key, "text": text,
                "windowsVirtualKeyCode": code,
            });
            self.call("Input.dispatchKeyEvent", &event)?;
        }
        Ok(())
    }

    /// Types text where the focus is.
    ///
    /// # Errors
    ///
    /// When the browser does not do it.
    pub fn type_text(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", &json!({"text": text})).map(drop)
    }

    /// Goes on with `Tab` until what has the focus is what a selector finds.
    ///
    /// # Errors
    ///
    /// When it is not reached.
    pub fn tab_to(&mut self, selector: &str) -> Result<()> {
        let is_there = format!("document.activeElement.matches({})", Value::from(selector));
        for _ in 0..400 {
            self.press("Tab")?;
            if self.evaluate(&is_there)? == true {
                return Ok(());
            }
        }
        Err(format!("the keyboard does not reach {selector}").into())
    }

    /// The value of an expression in the page.
    ///
    /// # Errors
    ///
    /// When it throws.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let what = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let answer = self.call("Runtime.evaluate", &what)?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(format!("{expression}: {details}").into()),
            None => Ok(answer.pointer("/result/value").cloned().unwrap_or_default()),
        }
    }

    /// What the page says.
    ///
    /// # Errors
    ///
    /// When it says nothing.
    pub fn text(&mut self) -> Result<String> {
        let text = self.evaluate("document.body.innerText")?;
        Ok(text.as_str().ok_or("the page has no text")?.to_owned())
    }

    /// What axe-core finds wrong with the page.
    ///
    /// # Errors
    ///
    /// When it cannot be run.
    pub fn violations(&mut self) -> Result<Vec<Violation>> {
        let axe = axe().ok_or("there is no axe-core")?;
        self.evaluate(&format!("{}; true", fs::read_to_string(axe)?))?;
        let found = self.evaluate(
            "axe.run().then(it => it.violations.map(it => \
             [it.id, it.nodes.map(node => node.target.join(' '))]))",
        )?;
        let found: Vec<(String, Vec<String>)> = serde_json::from_value(found)?;
        Ok(found.into_iter().map(|(rule, places)| Violation { rule, places }).collect())
    }

    /// Takes a picture of the whole page.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn picture(&mut self, file: &Path) -> Result<()> {
        let what = json!({"format": "png", "captureBeyondViewport": true});
        let picture = self.call("Page.captureScreenshot", &what)?;
        let data = picture.get("data").and_then(Value::as_str).ok_or("there is no picture")?;
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(file, STANDARD.decode(data)?)?)
    }

    /// Clicks on a link to a file, and waits until that is in the folder.
    ///
    /// # Errors
    ///
    /// When it does not come, or not whole.
    pub fn download(&mut self, selector: &str, folder: &Path) -> Result<PathBuf> {
        let allow = json!({
            "behavior": "allow", "downloadPath": folder.to_string_lossy(), "eventsEnabled": true,
        });
        self.call("Browser.setDownloadBehavior", &allow)?;
        self.events.clear();
        self.click_only(selector)?;
        let begun = self.event("Browser.downloadWillBegin", |_| true)?;
        let name = begun.get("suggestedFilename").and_then(Value::as_str);
        let name = name.ok_or("the download has no name")?.to_owned();
        let is_over = |event: &Value| event.get("state").is_some_and(|state| state != "inProgress");
        let ended = self.event("Browser.downloadProgress", is_over)?;
        match ended.get("state").and_then(Value::as_str) {
            Some("completed") => Ok(folder.join(name)),
            state => Err(format!("{name}: {state:?}").into()),
        }
    }

    /// Calls a method, of the page once there is one.
    fn call(&mut self, method: &str, parameters: &Value) -> Result<Value> {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": parameters});
        let is_of_page = !method.starts_with("Target.") && !method.starts_with("Browser.");
        if let (Some(session), Some(fields)) = (&self.session, message.as_object_mut())
            && is_of_page
        {
            fields.insert("sessionId".to_owned(), session.as_str().into());
        }
        self.input.write_all(format!("{message}\0").as_bytes())?;
        let until = Instant::now() + PATIENCE;
        loop {
            let mut answer = self.receive(until)?;
            if answer.get("id").and_then(Value::as_u64) != Some(id) {
                self.events.push_back(answer);
            } else if let Some(error) = answer.get("error") {
                return Err(format!("{method}: {error}").into());
            } else {
                return Ok(answer.get_mut("result").map(Value::take).unwrap_or_default());
            }
        }
    }

    /// The parameters of the next event with this name that is wanted.
    fn event(&mut self, name: &str, is_wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let until = Instant::now() + PATIENCE;
        loop {
            let mut event = match self.events.pop_front() {
                Some(event) => event,
                None => self.receive(until).map_err(|error| format!("{name}: {error}"))?,
            };
            let parameters = event.get_mut("params").map(Value::take).unwrap_or_default();
            if event.get("method").is_some_and(|method| method == name) && is_wanted(&parameters) {
                return Ok(parameters);
            }
        }
    }

    fn receive(&self, until: Instant) -> Result<Value> {
        let patience = until.saturating_duration_since(Instant::now());
        Ok(self.messages.recv_timeout(patience)?)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
