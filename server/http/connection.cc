#include "server/http/connection.h"

#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include "client/base/clock.h"

namespace signet::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

// What is read at once, and what may wait to be read: a head and a small body, or requests sent
// ahead. A larger body passes through in parts.
constexpr size_t kReadSize = 4096;
constexpr size_t kMostBuffered = kMaxHead + kMaxBody;
// How long a client may take to notice the end, and how much it may go on sending meanwhile: a body
// of some times the limit, or its sender would be reset while it sends, and not see the answer.
constexpr absl::Duration kGoodbye = absl::Seconds(1);
constexpr size_t kMostDiscarded = 1024 * 1024;

constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";

// How often a step that is late is cancelled before its socket is closed, and in between.
constexpr int kCancels = 4;
constexpr absl::Duration kCancelAgain = absl::Milliseconds(50);

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::string peer,
                       const std::shared_ptr<SSL_CTX>& tls, Site& site, const Limits& limits,
                       std::atomic<int64_t>& waits_since, std::function<void()> on_end)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      site_(site),
      limits_(limits),
      waits_since_(waits_since),
      on_end_(std::move(on_end)),
      peer_(std::move(peer)),
      buffer_(kMostBuffered) {
  if (tls == nullptr) return;
  SSL_CTX_up_ref(tls.get());
  tls_context_.emplace(tls.get());  // owns that reference
  tls_.emplace(socket_, *tls_context_);
}

Connection::~Connection() {
  tls_.reset();
  Error ignored;
  socket_.close(ignored);
  on_end_();
}

template <typename Operation>
void Connection::WithStream(Operation operation) {
  if (tls_) {
    operation(*tls_);
  } else {
    operation(socket_);
  }
}

void Connection::Arm(absl::Duration patience) {
  timed_out_ = false;
  ++armed_;
  AwaitDeadline(patience, kCancels);
}

// Cancelling, not closing, is how a late request still gets its answer. But it reaches only what
// the socket waits for at that moment: bytes that have just come may be on their way to the strand,
// behind this, and then the step reads on. So it is done again until another step arms, and in the
// end the socket is closed: on a closed one nothing begins.
void Connection::AwaitDeadline(absl::Duration patience, int tries) {
  timer_.expires_after(absl::ToChronoNanoseconds(patience));
  timer_.async_wait([self = shared_from_this(), mine = armed_, tries](const Error& error) {
    if (error || mine != self->armed_) return;
    if (tries == 0) return self->Close();
    self->timed_out_ = true;
    Error ignored;
    self->socket_.cancel(ignored);
    self->AwaitDeadline(kCancelAgain, tries - 1);
  });
}

void Connection::Start() {
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
    self->NoteWaits(base::SteadyNanos());
    if (!self->tls_) return self->AwaitRequest(self->limits_.request);
    self->Arm(self->limits_.request);
    self->tls_->async_handshake(asio::ssl::stream_base::server, [self](const Error& error) {
      if (error) return self->Close();
      self->AwaitRequest(self->limits_.request);
    });
  });
}

void Connection::Finish() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->finishing_ = true;
    if (self->waiting_) self->Arm(absl::ZeroDuration());
  });
}

void Connection::GiveUp() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->finishing_ = true;
    if (self->waits_since_.load(std::memory_order_relaxed) != kBusy) self->Close();
  });
}

void Connection::Abort() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->finishing_ = true;
    self->Close();
  });
}

// The first byte ends the patience with a connection that is only open.
void Connection::AwaitRequest(absl::Duration patience) {
  visit_.reset();
  if (buffer_.size() > 0) return BeginHead();  // sent ahead
  if (finishing_) return Goodbye();
  Arm(patience);
  waiting_ = true;
  WithStream([this](auto& stream) {
    stream.async_read_some(buffer_.prepare(kReadSize),
                           [self = shared_from_this()](const Error& error, size_t size) {
                             self->waiting_ = false;
                             if (error) return self->Goodbye();
                             self->buffer_.commit(size);
                             self->BeginHead();
                           });
  });
}

void Connection::BeginHead() {
  NoteWaits(base::SteadyNanos());
  Arm(limits_.request);
  parser_.emplace();
  LimitHead(*parser_);
  WithStream([this](auto& stream) {
    beast_http::async_read_header(
        stream, buffer_, *parser_,
        [self = shared_from_this()](const Error& error, size_t) { self->OnHead(error); });
  });
}

void Connection::OnHead(const Error& error) {
  if (error) return Fail(error);
  auto head = ReadHead(*parser_);
  if (const auto* refusal = std::get_if<Refusal>(&head)) {
    visit_ = site_.EnterUnread(refusal->status, peer_);
    return Answer(Persistence::kClose);
  }
  const bool has_body = HasBody(*parser_);
  visit_ = site_.Enter(std::move(std::get<Request>(head)), peer_,
                       has_body ? Site::Body::kFollows : Site::Body::kNone);
  if (visit_->refused() && has_body) return Answer(Persistence::kClose);  // it stays unread
  if (has_body && !LimitBody(*parser_, visit_->largest_body())) {
    visit_ = site_.EnterUnread(413, peer_);
    return Answer(Persistence::kClose);
  }
  if (has_body) return BeginBody();
  Answer(parser_->keep_alive() ? Persistence::kKeepAlive : Persistence::kClose);
}

void Connection::BeginBody() {
  const auto read = [self = shared_from_this()] {
    self->WithStream([&](auto& stream) {
      beast_http::async_read(stream, self->buffer_, *self->parser_,
                             [self](const Error& error, size_t) { self->OnBody(error); });
    });
  };
  // RFC 9110 section 10.1.1: such a client waits to be asked for the body.
  if (visit_->request().Find("expect").empty() || parser_->is_done()) return read();
  WithStream([&](auto& stream) {
    asio::async_write(stream, asio::buffer(kContinue, sizeof(kContinue) - 1),
                      [self = shared_from_this(), read](const Error& error, size_t) {
                        if (error) return self->Close();
                        read();
                      });
  });
}

void Connection::OnBody(const Error& error) {
  if (error) return Fail(error);
  visit_->SetBody(std::move(parser_->get().body()));
  Answer(parser_->keep_alive() ? Persistence::kKeepAlive : Persistence::kClose);
}

// A request that could not be read, or not in time.
void Connection::Fail(const Error& error) {
  const int status = timed_out_ ? 408 : StatusOf(error);
  if (status == 0) return Close();
  visit_ = site_.EnterUnread(status, peer_);
  Answer(Persistence::kClose);
}

void Connection::Answer(Persistence persistence) {
  persistence_ = persistence;
  NoteWaits(kBusy);
  Arm(absl::Hours(1));  // whatever runs has a deadline of its own
  site_.Answer(*visit_, [self = shared_from_this()](Reply reply) {
    asio::dispatch(self->socket_.get_executor(),
                   [self, reply = std::move(reply)] { self->Write(reply); });
  });
}

void Connection::Write(const Reply& reply) {
  if (finishing_) persistence_ = Persistence::kClose;
  out_ = Serialize(reply, visit_->request().method, tls_ ? Transport::kTls : Transport::kPlain,
                   persistence_);
  NoteWaits(base::SteadyNanos());
  Arm(limits_.request);
  WithStream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(out_),
                      [self = shared_from_this()](const Error& error, size_t) {
                        if (error) return self->Close();
                        if (self->persistence_ == Persistence::kClose) return self->Goodbye();
                        self->AwaitRequest(self->limits_.idle);
                      });
  });
}

// Says that no more is coming and waits until the client has noticed: closing a socket with unread
// bytes would make the kernel send a reset, which takes the answer from the client.
void Connection::Goodbye() {
  Arm(kGoodbye);
  if (!tls_) return Discard(0);
  tls_->async_shutdown([self = shared_from_this()](const Error&) { self->Discard(0); });
}

void Connection::Discard(size_t so_far) {
  Error error;
  if (so_far == 0) socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error || timed_out_ || so_far > kMostDiscarded) return Close();
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kReadSize),
                          [self = shared_from_this(), so_far](const Error& failed, size_t size) {
                            if (failed) return self->Close();
                            self->Discard(so_far + size);
                          });
}

void Connection::Close() {
  Error ignored;
  NoteWaits(kBusy);
  ++armed_;
  timer_.cancel();
  socket_.close(ignored);
}

}  // namespace signet::http
