//! What the command line says of webhooks and of the keys the order system signs with.

use app::webhooks::{EventTypes, WebhookUrl};
use clap::Subcommand;
use kernel::{Id, kinds};

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub enum Webhook {
    /// Tell an address of what happens from now on. Prints the key its messages are signed with, this once.
    #[command(after_help = "Examples:
  hearth webhook add https://shop.example/hearth
  hearth webhook add https://shop.example/hearth --types orders.order_recorded.v1,ledger.points_posted.v1")]
    Add {
        /// Where messages go: https://…
        url: WebhookUrl,
        /// Which types of events, separated by commas [default: all].
        #[arg(long, value_name = "TYPES", default_value = "", hide_default_value = true)]
        types: EventTypes,
    },
    /// Give a webhook a new key, printed this once. For 24 hours messages carry the signatures of both.
    #[command(after_help = "Example:
  hearth webhook rotate wh_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Rotate {
        /// Its id.
        webhook: Id<kinds::Webhook>,
    },
    /// Stop telling a webhook anything, for good.
    #[command(after_help = "Example:
  hearth webhook disable wh_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Disable {
        /// Its id.
        webhook: Id<kinds::Webhook>,
    },
    /// Show all webhooks.
    #[command(after_help = "Example:
  hearth webhook list")]
    List,
    /// Show the newest messages with every attempt, 100 at most.
    #[command(after_help = "Examples:
  hearth webhook deliveries
  hearth webhook deliveries --webhook wh_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Deliveries {
        /// Only those to this webhook.
        #[arg(long, value_name = "ID")]
        webhook: Option<Id<kinds::Webhook>>,
        /// Only those before this one.
        #[arg(long, value_name = "ID")]
        before: Option<Id<kinds::Delivery>>,
    },
    /// Send a message again, whatever became of it.
    #[command(after_help = "Example:
  hearth webhook redeliver de_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Redeliver {
        /// Its id.
        delivery: Id<kinds::Delivery>,
    },
}

/// What can be done with the keys the order system signs with.
#[derive(Debug, Subcommand)]
pub enum EventKey {
    /// Make a key, printed this once. Two are good at a time: make the new one, let the order system sign with it, revoke the old.
    #[command(after_help = "Example:
  hearth event-key issue")]
    Issue,
    /// Make a key worth nothing, within a second.
    #[command(after_help = "Example:
  hearth event-key revoke ek_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Revoke {
        /// Its id.
        key: Id<kinds::EventKey>,
    },
    /// Show the ids of the keys that are good.
    #[command(after_help = "Example:
  hearth event-key list")]
    List,
}
