//! What the command line says of the staff.

use accounts::{StaffName, StaffRole, StaffRoles};
use clap::{Args, Subcommand};

/// What can be done with the staff.
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Take somebody into the staff. Asks for the password, twice on a terminal; otherwise the first line of standard input is it.
    ///
    /// Prints once what nobody can see again: the address an authenticator app reads, and the recovery codes.
    #[command(after_help = "Examples:
  hearth staff create --name li.na --role admin
  hearth staff create --name wang --role support --role finance < password.txt")]
    Create(CreateStaff),
    /// Show the staff: who, which roles, closed or locked out.
    #[command(after_help = "Example:
  hearth staff list")]
    List,
    /// End somebody's access for good. What they did stays with their name.
    #[command(after_help = "Example:
  hearth staff close li.na")]
    Close {
        /// The name they sign in with.
        name: StaffName,
    },
}

/// Options of `staff create`.
#[derive(Debug, Args)]
pub struct CreateStaff {
    /// The name to sign in with: 2 to 40 lower-case letters, digits, `.`, `_`, `-`.
    #[arg(long)]
    pub name: StaffName,
    /// What they may do: support, perks, finance, auditor or admin; several by naming it again.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<StaffRole>,
}

impl CreateStaff {
    /// The roles as a set.
    #[must_use]
    pub fn roles(&self) -> Option<StaffRoles> {
        StaffRoles::of(self.roles.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Staff;
    use crate::cli::{Cli, Command};

    fn read(words: &str) -> Result<Staff, String> {
        let words = ["hearth", "staff"].into_iter().chain(words.split(' '));
        match Cli::try_parse_from(words).map_err(|refusal| refusal.to_string())?.command {
            Some(Command::Staff(act)) => Ok(act),
            other => panic!("it is about the staff, not {other:?}"),
        }
    }

    #[test]
    fn reads_who_and_which_roles() {
        let Staff::Create(create) = read("create --name li.na --role admin --role support").unwrap() else {
            panic!("it creates")
        };
        assert_eq!((create.name.as_str(), create.roles().unwrap().to_string()), ("li.na", "support,admin".to_owned()));
        for words in ["create --name li.na", "create --name 李娜 --role admin", "create --name li --role boss", "close"]
        {
            assert!(read(words).is_err(), "{words}");
        }
    }

    #[test]
    fn a_password_is_never_an_argument() {
        assert!(read("create --name li.na --role admin --password secret").is_err());
    }
}
