#include "server/mail/mail_worker.h"

#include <utility>

#include "absl/time/clock.h"

namespace signet::mail {

MailWorker::MailWorker(Options options, MailSender& sender, domain::MailOutbox& outbox,
                       MakeTransport make, MailObserver& observer)
    : options_(options),
      sender_(sender),
      outbox_(outbox),
      make_(std::move(make)),
      observer_(observer) {}

void MailWorker::Start() {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

void MailWorker::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void MailWorker::Run(int number) {
  const std::unique_ptr<MailTransport> transport = make_();
  absl::Time next_count = absl::InfinitePast();
  while (true) {
    if (number == 0 && absl::Now() >= next_count) {
      Count();
      next_count = absl::Now() + options_.count;
    }
    const absl::StatusOr<bool> sent = sender_.SendNext(*transport);
    if (!sent.ok()) observer_.OnOutboxFailure(sent.status());
    const bool more = sent.ok() && *sent;
    if (!Pause(more ? absl::ZeroDuration() : options_.poll)) return;
  }
}

void MailWorker::Count() {
  const auto queue = outbox_.Look();
  if (queue.ok()) observer_.OnQueue(*queue);
}

bool MailWorker::Pause(absl::Duration pause) {
  base::MutexLock lock(mutex_);
  const absl::Time until = absl::Now() + pause;
  while (!stopping_ && absl::Now() < until) wake_.WaitFor(mutex_, until - absl::Now());
  return !stopping_;
}

}  // namespace signet::mail
