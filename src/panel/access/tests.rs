use super::*;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 1, 7));

fn given(pin: &str) -> config::Access {
    config::Access { animator_pin: Some(Secret::new(pin)), ..config::Access::default() }
}

async fn enter(access: &Arc<Access>, from: IpAddr, pin: &str) -> Result<(Role, TokenHash), Refusal> {
    let (role, token) = access.login(from, Secret::new(pin)).await?;
    Ok((role, TokenHash::of(token.reveal())))
}

#[tokio::test]
async fn a_token_outlives_a_restart_and_ends_with_its_pin() {
    let data = tempfile::tempdir().unwrap();
    let (access, made) = Access::open(data.path(), &given("2468")).unwrap();
    let access = Arc::new(access);
    assert_eq!(made.iter().map(|(role, _)| *role).collect::<Vec<_>>(), [Role::Admin, Role::Moderator]);
    let (role, animator) = enter(&access, HOME, "2468").await.unwrap();
    assert_eq!(role, Role::Animator);
    let (role, admin) = enter(&access, HOME, made[0].1.reveal()).await.unwrap();
    assert_eq!(role, Role::Admin);
    let file = std::fs::read_to_string(data.path().join("access.json")).unwrap();
    assert!(!file.contains("2468") && !file.contains(made[0].1.reveal()));

    let (again, made) = Access::open(data.path(), &given("2468")).unwrap();
    assert!(made.is_empty(), "PINs are made once");
    assert_eq!(again.role(&animator), Some(Role::Animator));
    assert_eq!(again.role(&TokenHash::of("guess")), None);

    let (changed, _) = Access::open(data.path(), &given("1357")).unwrap();
    assert_eq!(changed.role(&animator), None);
    assert_eq!(changed.role(&admin), Some(Role::Admin));
}

#[tokio::test]
async fn reset_logs_out_of_a_running_studio_which_keeps_on() {
    let data = tempfile::tempdir().unwrap();
    let (access, made) = Access::open(data.path(), &given("2468")).unwrap();
    let access = Arc::new(access);
    let (_, token) = enter(&access, HOME, made[0].1.reveal()).await.unwrap();
    let fresh = Access::reset(data.path(), &given("2468")).unwrap();
    access.refresh();
    assert_eq!(access.role(&token), None);
    assert_eq!(enter(&access, HOME, fresh[0].1.reveal()).await.unwrap().0, Role::Admin);
    assert_eq!(enter(&access, HOME, "2468").await.unwrap().0, Role::Animator);
}

#[tokio::test]
async fn logging_out_is_for_good() {
    let data = tempfile::tempdir().unwrap();
    let access = Arc::new(Access::open(data.path(), &given("2468")).unwrap().0);
    let (_, token) = enter(&access, HOME, "2468").await.unwrap();
    access.logout(&token).unwrap();
    assert_eq!(access.role(&token), None);
    access.save();
    assert_eq!(Access::open(data.path(), &given("2468")).unwrap().0.role(&token), None);
}

#[tokio::test]
async fn a_token_unused_for_a_week_is_forgotten() {
    let data = tempfile::tempdir().unwrap();
    let access = Arc::new(Access::open(data.path(), &given("2468")).unwrap().0);
    let (_, token) = enter(&access, HOME, "2468").await.unwrap();
    let old = unix_now() - TOKEN_LIFE - 1;
    access.record.write().unwrap().tokens.get_mut(&token.0).unwrap().used = old;
    assert_eq!(access.role(&token), None);
}

#[tokio::test]
async fn one_who_guesses_waits_and_nobody_else_does() {
    let data = tempfile::tempdir().unwrap();
    let access = Arc::new(Access::open(data.path(), &given("2468")).unwrap().0);
    let start = Instant::now();
    for _ in 0..3 {
        assert!(matches!(enter(&access, AWAY, "0000").await, Err(Refusal::Wrong)));
    }
    assert!(start.elapsed() >= Duration::from_millis(750));
    let crowd: Vec<_> = (0..20)
        .map(|_| {
            let access = Arc::clone(&access);
            tokio::spawn(async move { enter(&access, AWAY, "0000").await })
        })
        .collect();
    tokio::task::yield_now().await;
    let start = Instant::now();
    enter(&access, HOME, "2468").await.unwrap();
    assert!(start.elapsed() < Duration::from_millis(750), "{:?}", start.elapsed());
    for guess in crowd {
        guess.abort();
    }
}
