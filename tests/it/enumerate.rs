use holdfast::{Answers, findings};
#[test]
fn speed() {
    let mut a = Answers::default();
    let t = std::time::Instant::now();
    let mut n = 0usize; let mut f = 0;
    for plan in holdfast::questions::PlanChoice::ALL { for e in holdfast::questions::Endpoint::ALL { for d in holdfast::questions::DataLoss::ALL { for s in holdfast::questions::Survive::ALL { for c in holdfast::questions::Cloud::ALL { for m in holdfast::questions::Mistake::ALL {
        a.plan = *plan; a.endpoint = *e; a.data_loss = *d; a.survive = *s; a.cloud = *c; a.mistake = *m;
        f += findings::find(&a).len(); n += 1;
    }}}}}}
    println!("{n} {f} {:?} each", t.elapsed() / n as u32);
    let t = std::time::Instant::now();
    for _ in 0..1000 { std::hint::black_box(holdfast::recommend(&a)); }
    println!("recommend {:?}", t.elapsed() / 1000);
}
