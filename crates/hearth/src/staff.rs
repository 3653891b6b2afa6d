//! The operator's staff, as the operator keeps it from the shell.

use accounts::{Password, StaffName, StaffView};
use app::{
    App, Page, PageSize,
    staff::{CreateStaff, StaffCreated},
};

use crate::{Failure, cli, console};

/// Does what the command line says of the staff.
pub(crate) async fn run(app: &App, act: cli::Staff) -> Result<(), Failure> {
    match act {
        cli::Staff::Create(options) => create(app, options).await,
        cli::Staff::List => list(app).await,
        cli::Staff::Close { name } => close(app, &name).await,
    }
}

async fn create(app: &App, options: cli::CreateStaff) -> Result<(), Failure> {
    let roles = options.roles().ok_or_else(|| Failure::new("say which roles"))?;
    let password = console::ask_password("Password (12 to 128 characters): ")?;
    let password = Password::parse(&password).map_err(|refusal| Failure::new(refusal.to_string()))?;
    let create = CreateStaff { name: options.name, roles, password };
    let created = app.create_staff(&create).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    let StaffCreated { staff, authenticator_url, recovery_codes } = created;
    console::say(format_args!("{staff}: {} with the roles {roles}", create.name));
    console::say("Now, and never again, for an authenticator app:");
    console::say(format_args!("  {authenticator_url}"));
    console::say("Recovery codes, each good once when the phone is lost; keep them on paper:");
    recovery_codes.iter().for_each(|code| console::say(format_args!("  {}", code.to_text())));
    Ok(())
}

async fn list(app: &App) -> Result<(), Failure> {
    let size = PageSize::new(i64::from(PageSize::MAX)).expect("the largest page is a page");
    let mut after = None;
    loop {
        let page = app.list_staff(Page::Forward { size, after }).await?;
        page.items.iter().for_each(|staff| console::say(line(staff)));
        after = page.items.last().map(|staff| staff.id);
        if !page.has_more {
            return Ok(());
        }
    }
}

async fn close(app: &App, name: &StaffName) -> Result<(), Failure> {
    let closed = app.close_staff(name).await?;
    let id = closed.map_err(|refusal| Failure::new(format!("{name}: {refusal}")))?;
    console::say(format_args!("{id}: {name} has no access any more"));
    Ok(())
}

fn line(staff: &StaffView) -> String {
    let StaffView { id, name, roles, created_at, locked_until, closed_at } = staff;
    let locked = locked_until.map_or_else(String::new, |at| format!(", locked out until {at}"));
    let closed = closed_at.map_or_else(String::new, |at| format!(", closed {at}"));
    format!("{id}: {name} ({roles}), since {created_at}{locked}{closed}")
}
