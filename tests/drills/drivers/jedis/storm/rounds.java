
  private static int clients;

  /** Each client in a thread of its own, with one write in half a second. */
  private static void rounds(Supplier<?> incr, Supplier<?> set, Supplier<?> get) {
    String number = String.valueOf(clients++);
    Runnable work =
        () -> {
          while (true) {
            call("set", number, set);
            java.util.concurrent.locks.LockSupport.parkNanos(500_000_000);
          }
        };
    new Thread(work).start();
  }
