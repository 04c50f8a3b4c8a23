//! rdkafka as a driver of cases: the crate's own clients around librdkafka.

mod admin;
mod consume;
mod errors;
mod groups;
mod produce;
mod restart;
mod session;
mod transactions;

fn main() {
    driver::main(
        "rdkafka",
        vec![
            produce::cases(),
            consume::cases(),
            groups::cases(),
            transactions::cases(),
            admin::cases(),
            errors::cases(),
            restart::cases(),
        ],
    );
}
