// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/performance/kbs/load.hpp"

#include <unistd.h>

#include "common/async/task_scope.hpp"
#include "common/jose/jwe.hpp"
#include "tests/performance/kbs/broker_process.hpp"

namespace redoubt::performance {
namespace {

constexpr std::uint64_t k_samples = 10;

/// One run. Its guests share the arrivals: whoever is free takes the next one.
class Load {
  public:
    explicit Load(const GuestParts& parts) : parts_(parts) {
        for (std::uint64_t i = 0; i < parts.plan.connections; ++i) guests_.emplace_back(parts);
    }

    Task<Outcome> run();

  private:
    Task<> prepare();
    asio::awaitable<void> be_guest(Guest& guest);
    Task<> operate(Guest& guest);
    void note(Clock::time_point due, const Status& status);
    void sample_memory();

    const GuestParts& parts_;
    std::vector<Guest> guests_;
    std::string token_; ///< for reads
    std::optional<Arrivals> arrivals_;
    std::uint64_t ended_ = 0;
    Outcome outcome_;
};

/// What is not measured: connections, and for reads a token that opens what it should.
Task<> Load::prepare() {
    for (auto& guest : guests_) RDT_CO_CHECK(co_await guest.connect());
    if (parts_.plan.operation != Operation::read) co_return Status{};
    RDT_CO_TRY(token_, co_await guests_.front().shake_hands());
    RDT_CO_TRY(const auto text, co_await guests_.front().read(token_));
    RDT_CO_CHECK(jose::decrypt_jwe(text, parts_.key));
    co_return Status{};
}

Task<Outcome> Load::run() {
    RDT_CO_CHECK(co_await prepare());
    const auto& plan = parts_.plan;
    outcome_.latencies.reserve(plan.count);
    sample_memory();
    RDT_CO_TRY(const auto broker_before, processor_time_of(plan.process));
    RDT_CO_TRY(const auto client_before, processor_time_of(::getpid()));
    const auto start = Clock::now();
    arrivals_.emplace(plan.count, plan.rate, start);
    TaskScope tasks(co_await asio::this_coro::executor);
    for (auto& guest : guests_) tasks.spawn(be_guest(guest));
    co_await tasks.join();
    outcome_.taken = Clock::now() - start;
    RDT_CO_TRY(const auto broker_after, processor_time_of(plan.process));
    RDT_CO_TRY(const auto client_after, processor_time_of(::getpid()));
    outcome_.broker = broker_after - broker_before;
    outcome_.client = client_after - client_before;
    co_return std::move(outcome_);
}

asio::awaitable<void> Load::be_guest(Guest& guest) {
    while (const auto due = arrivals_->next()) {
        if (const auto now = Clock::now(); *due > now) co_await sleep_for(*due - now);
        note(*due, co_await operate(guest));
    }
}

Task<> Load::operate(Guest& guest) {
    if (parts_.plan.operation == Operation::read) {
        RDT_CO_CHECK(co_await guest.read(token_));
    } else {
        RDT_CO_CHECK(co_await guest.shake_hands());
    }
    co_return Status{};
}

void Load::note(Clock::time_point due, const Status& status) {
    if (status) {
        outcome_.latencies.push_back(Clock::now() - due);
    } else if (outcome_.errors++ == 0) {
        outcome_.first_error = status.error().message;
    }
    if (++ended_ * k_samples / parts_.plan.count >= outcome_.resident_kib.size()) sample_memory();
}

void Load::sample_memory() {
    outcome_.resident_kib.push_back(resident_kib_of(parts_.plan.process).value_or(0));
}

} // namespace

std::optional<Clock::time_point> Arrivals::next() {
    if (left_ == 0) return std::nullopt;
    --left_;
    if (!is_paced_) return Clock::now();
    due_ += std::chrono::duration_cast<Duration>(std::chrono::duration<double>(gap_(random_)));
    return due_;
}

Task<Outcome> run_load(const GuestParts& parts) {
    Load load(parts);
    co_return co_await load.run();
}

} // namespace redoubt::performance
