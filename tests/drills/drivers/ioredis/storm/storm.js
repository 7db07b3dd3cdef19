for (let number = 0; number < 100; number++) {
  const redis = await (process.argv[2] === "quick-start" ? quickStart() : ours());
  sleep(number * 5).then(async () => {
    while (!stopping) {
      await call("set", `${number}`, () => redis.safe((client) => client.set(`${env.DRILL_KEY}:${number}`, "x")));
      await sleep(500);
    }
  });
}
while (!stopping) await sleep(100);
process.exit(0);
