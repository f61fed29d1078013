#include "sources/intake_socket/pending_senders.hpp"

#include <utility>

namespace enrichd {

class PendingSenders::Pending final : public Receiver {
  public:
    Pending(PendingSenders& all, IntakeSender sender, Clock::duration patience)
        : until(Clock::now() + patience),
          all_(all),
          sender_(std::move(sender)),
          place_(all.pending_.insert(all.pending_.end(), this)) {
        if (all.pending_.size() == 1) all.wait_for_first();
    }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() override { leave(); }

    void settled(bool safe) override {
        sender_.answer(safe ? WIRE_STATUS_SAFE : WIRE_STATUS_BUSY);
        leave();
    }

    const Clock::time_point until;

  private:
    void leave() {
        if (!std::exchange(pending_, false)) return;
        all_.pending_.erase(place_);
        if (all_.pending_.empty()) all_.first_due_.cancel();
    }

    PendingSenders& all_;
    IntakeSender sender_;
    std::list<Pending*>::iterator place_;
    bool pending_ = true;
};

std::unique_ptr<Receiver> PendingSenders::add(IntakeSender sender, Clock::duration patience) {
    return std::make_unique<Pending>(*this, std::move(sender), patience);
}

void PendingSenders::wait_for_first() {
    first_due_.expires_at(pending_.front()->until);
    first_due_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) answer_those_due();
    });
}

void PendingSenders::answer_those_due() {
    while (!pending_.empty() && pending_.front()->until <= Clock::now()) pending_.front()->settled(false);
    if (!pending_.empty()) wait_for_first();
}

}  // namespace enrichd
