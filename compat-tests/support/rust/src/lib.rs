//! Runs cases by name for support/driver.ts, which says how the two talk: lines of JSON on standard input and output.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::future::Future;
use std::io::{BufRead, Write, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// What a case may take for one thing that it waits for.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// One thing that a client does; it fails by a panic, as `assert_eq!` and `unwrap` have it.
pub struct Case {
    pub name: &'static str,
    pub timeout_ms: u64,
    pub run: fn(&Context),
}

/// A case whose function is asynchronous: `case!("name", function)`, and `case!("name", function, 120_000)` for a long one.
#[macro_export]
macro_rules! case {
    ($name:literal, $function:path) => {
        $crate::case!($name, $function, 60_000)
    };
    ($name:literal, $function:path, $timeout_ms:literal) => {
        $crate::Case { name: $name, timeout_ms: $timeout_ms, run: |context| context.block_on($function(context)) }
    };
}

/// What a case gets: a broker that runs, and names nobody else uses.
pub struct Context {
    pub bootstrap_servers: String,
    prefix: String,
    count: Cell<u32>,
    runtime: Runtime,
}

impl Context {
    /// A topic, group or client id of this case alone, with the given word in it.
    pub fn unique(&self, word: &str) -> String {
        self.count.set(self.count.get() + 1);
        format!("{word}-{}-{}", self.prefix, self.count.get())
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// SIGKILL and a new start on the same data; returns when the broker answers again. Tasks of the case go on.
    pub fn restart_broker(&self) {
        say(&json!({ "restart": true }));
        let mut line = String::new();
        stdin().lock().read_line(&mut line).unwrap();
        assert!(line.contains("restarted"), "the broker was not restarted");
    }
}

/// Asks until the answer is something, and returns it; fails the case after the time.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Fails the case unless both are equal; long values are cut.
#[track_caller]
pub fn equal<T: PartialEq + Debug>(what: &str, actual: T, expected: T) {
    if actual != expected {
        panic!("{what} is {}, not {}", short(&actual), short(&expected));
    }
}

pub fn numbered(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{prefix}-{i}")).collect()
}

fn short(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    if text.chars().count() <= 400 {
        return text;
    }
    format!("{}… ({} bytes)", text.chars().take(400).collect::<String>(), text.len())
}

fn say(message: &Value) {
    let mut output = stdout().lock();
    writeln!(output, "{message}").unwrap();
    output.flush().unwrap();
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}
/// A thread of the client that panics has nobody who catches it: its words go with whatever the case says then.
static ELSEWHERE: Mutex<String> = Mutex::new(String::new());

/// Greets and runs what it is told until its input ends. The version is that of the package in the lock file.
pub fn main(package: &str, groups: Vec<Vec<Case>>) {
    let cases: Vec<Case> = groups.into_iter().flatten().collect();
    let main_thread = std::thread::current().id();
    set_hook(Box::new(move |info| {
        let text = info.to_string();
        if std::thread::current().id() == main_thread {
            LAST_PANIC.with(|last| *last.borrow_mut() = text);
        } else {
            *ELSEWHERE.lock().unwrap() = text;
        }
    }));
    let names: Vec<Value> = cases.iter().map(|one| json!({ "name": one.name, "timeoutMs": one.timeout_ms })).collect();
    say(&json!({ "version": locked_version(package), "cases": names }));
    let mut line = String::new();
    while stdin().lock().read_line(&mut line).unwrap() > 0 {
        let request: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| request[key].as_str().unwrap().to_owned();
        let context = Context {
            bootstrap_servers: text("bootstrapServers"),
            prefix: text("unique"),
            count: Cell::new(0),
            runtime: Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(),
        };
        let name = text("run");
        let error = run(cases.iter().find(|one| one.name == name).unwrap(), &context);
        // Tasks of a case that failed may be stuck in the client; nobody waits for them.
        context.runtime.shutdown_background();
        say(&json!({ "ended": name, "error": error }));
        line.clear();
    }
}

/// What went wrong and where, or nothing.
fn run(case: &Case, context: &Context) -> Option<String> {
    ELSEWHERE.lock().unwrap().clear();
    catch_unwind(AssertUnwindSafe(|| (case.run)(context))).err().map(|_| {
        let here = LAST_PANIC.with(|last| last.borrow().clone());
        let elsewhere = ELSEWHERE.lock().unwrap().clone();
        if elsewhere.is_empty() { here } else { format!("{here}\n{elsewhere}") }
    })
}

fn locked_version(package: &str) -> &'static str {
    let lock = include_str!("../../../Cargo.lock");
    let entry = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&entry).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("unknown")
}
