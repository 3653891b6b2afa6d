use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use web::DemoPerson;

use crate::{
    Failure,
    config::Config,
    console, demo, demo_staff,
    deployment::{self, Deployment},
};

/// Whom the first steps are shown with.
const FIRST_ADDRESS: &str = "wang.nainai@hearth.example";

/// People of the demo who can sign in, in the order of the file.
pub(super) fn demo_people() -> Result<Vec<DemoPerson>, Failure> {
    let people = demo::people()?.into_iter().filter_map(|row| {
        let address = row.email?.to_string();
        let name = |label: Option<kernel::Label>| label.map(|label| label.to_string()).unwrap_or_default();
        let person = row.person_name.to_string();
        Some(DemoPerson { household: name(row.household_name), community: name(row.community), person, address })
    });
    Ok(people.collect())
}

/// Tells the person who started Hearth where to look.
pub(super) async fn print(deployment: &Deployment, config: &Config, address: SocketAddr) -> Result<(), Failure> {
    let base = base_url(address);
    console::say(format_args!("\n家账 Hearth {} is serving.\n", env!("CARGO_PKG_VERSION")));
    console::say(format_args!("  home page   {base}/"));
    let staff = demo_staff::file(config);
    match staff.exists() && !config.is_production {
        true => console::say(format_args!("  back office {base}/office; who can sign in: {}", staff.display())),
        false => console::say(format_args!("  back office {base}/office; hearth staff create makes its people")),
    }
    console::say(format_args!("  GraphQL     {base}/graphql"));
    if !config.is_production {
        console::say(format_args!("  GraphiQL    {base}/graphiql"));
    }
    let key = match &deployment.secrets.event_keys_file {
        Some(file) => format!("the key in {}", file.display()),
        None => "the key in the setting events_secret".to_owned(),
    };
    console::say(format_args!("  events in   {base}/v1/events, signed with {key}"));
    match &config.mail.smtp {
        Some(smtp) => console::say(format_args!("  mails       leave through {}:{}", smtp.host, smtp.port)),
        None => console::say(format_args!("  mails       are files in {}", config.mail_folder().display())),
    }
    if config.has_demo && deployment::find(&deployment.app, demo::FILLED).await?.is_some() {
        print_demo(config, &base)?;
    }
    console::say("");
    Ok(())
}

fn print_demo(config: &Config, base: &str) -> Result<(), Failure> {
    let people = demo_people()?;
    let households: std::collections::BTreeSet<&str> = people.iter().map(|person| person.household.as_str()).collect();
    console::say(format_args!(
        "\nThe demo: {} people of {} households can sign in; {base}/ lists them. As 王奶奶:",
        people.len(),
        households.len()
    ));
    console::say(format_args!(
        "  1. ask for a code: mutation {{ requestSignInCode(input: {{ address: \"{FIRST_ADDRESS}\" }}) {{ userErrors {{ message }} }} }}"
    ));
    console::say(format_args!("  2. read the six digits in the newest file of {}", config.mail_folder().display()));
    console::say(format_args!(
        "  3. sign in: mutation {{ signIn(input: {{ address: \"{FIRST_ADDRESS}\", code: \"…\" }}) {{ token userErrors {{ message }} }} }}"
    ));
    console::say("  4. send the header  Authorization: Bearer <token>  with every request from then on");
    Ok(())
}

/// How a browser on this machine reaches us.
fn base_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

#[cfg(test)]
mod tests {
    use super::{FIRST_ADDRESS, base_url, demo_people};

    #[test]
    fn links_to_addresses_a_browser_can_open() {
        for (address, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("0.0.0.0:80", "http://127.0.0.1:80"),
            ("[::]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(base_url(address.parse().unwrap()), url);
        }
    }

    #[test]
    fn the_first_steps_are_those_of_somebody_in_the_demo() {
        let people = demo_people().unwrap();
        assert_eq!((people[0].person.as_str(), people[0].address.as_str()), ("王奶奶", FIRST_ADDRESS));
    }
}
