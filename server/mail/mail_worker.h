#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "server/domain/ports/mail_outbox.h"
#include "server/mail/mail_observer.h"
#include "server/mail/mail_sender.h"
#include "server/mail/mail_transport.h"

namespace signet::mail {

// The threads that empty the outbox, each with a way out of its own. Any number of processes may
// run some. Start and Stop belong to one thread.
class MailWorker {
 public:
  struct Options {
    int threads = 2;
    absl::Duration poll = absl::Seconds(1);    // between two looks into an empty outbox
    absl::Duration count = absl::Seconds(15);  // between two counts of what waits
  };
  using MakeTransport = std::function<std::unique_ptr<MailTransport>()>;

  // All outlive it.
  MailWorker(Options options, MailSender& sender, domain::MailOutbox& outbox, MakeTransport make,
             MailObserver& observer);
  ~MailWorker() { Stop(); }
  MailWorker(const MailWorker&) = delete;
  MailWorker& operator=(const MailWorker&) = delete;

  void Start();
  // Waits for the mails that are being sent. Idempotent.
  void Stop();

 private:
  void Run(int number);
  void Count();
  // False: stopping.
  bool Pause(absl::Duration pause);

  const Options options_;
  MailSender& sender_;
  domain::MailOutbox& outbox_;
  const MakeTransport make_;
  MailObserver& observer_;
  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace signet::mail
