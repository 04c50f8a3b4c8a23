//! rskafka as a driver of cases: its client, controller client, partition client, batch producer and stream consumer.

mod admin;
mod consume;
mod produce;
mod restart;
mod session;

fn main() {
    driver::main("rskafka", vec![produce::cases(), consume::cases(), admin::cases(), restart::cases()]);
}
