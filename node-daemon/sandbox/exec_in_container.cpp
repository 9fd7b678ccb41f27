// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launch/container_spec.hpp"
#include "node-daemon/sandbox/end_container.hpp"
#include "node-daemon/sandbox/guest_session.hpp"
#include "node-daemon/sandbox/guest_watch.hpp"
#include "node-daemon/sandbox/node.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

using namespace std::chrono_literals;

constexpr int k_killed = 128 + 9;
// The process is the client's own: it waits for its client as long as that is there.
constexpr auto k_patience = 24h;
constexpr auto k_drain = 2s;

/// What is known of an exec's end when the guest can no longer be asked: with its container it was killed.
void report_end(const Container& container, OutputFeed& feed, Result<int> code) {
    if (code) {
        feed.finish(*code);
    } else if (!container.sandbox || container.sandbox->is_closed || container.sandbox->is_draining) {
        feed.finish(k_killed);
    } else {
        feed.fail(std::move(code).error());
    }
}

/// Ends the feed also when its coroutine is cancelled.
class FeedEnd {
  public:
    explicit FeedEnd(std::shared_ptr<OutputFeed> feed) : feed_(std::move(feed)) {}
    FeedEnd(const FeedEnd&) = delete;
    FeedEnd& operator=(const FeedEnd&) = delete;
    FeedEnd(FeedEnd&&) = delete;
    FeedEnd& operator=(FeedEnd&&) = delete;
    ~FeedEnd() { feed_->fail({Code::unavailable, "the sandbox has ended"}); }

  private:
    std::shared_ptr<OutputFeed> feed_;
};

/// Counts an exec from before it is asked for until its end is known.
class ExecCount {
  public:
    explicit ExecCount(std::shared_ptr<PodSandbox> sandbox) : sandbox_(std::move(sandbox)) {
        ++sandbox_->execs;
    }
    ExecCount(const ExecCount&) = delete;
    ExecCount& operator=(const ExecCount&) = delete;
    ExecCount(ExecCount&&) = delete;
    ExecCount& operator=(ExecCount&&) = delete;
    ~ExecCount() {
        --sandbox_->execs;
        sandbox_->changed.pulse();
    }

  private:
    std::shared_ptr<PodSandbox> sandbox_;
};

asio::awaitable<void> hand_on(std::shared_ptr<OutputFeed> feed, Output output) {
    co_await feed->push(std::move(output), k_patience); // dropped when the client has gone
}

/// Accompanies an exec to its end: output to the feed until the streams end, then the exit code.
asio::awaitable<void> follow_exec(std::shared_ptr<Container> container, std::shared_ptr<PodSandbox> sandbox,
                                  GuestProcess process, std::shared_ptr<OutputFeed> feed,
                                  std::shared_ptr<OutputProgress> progress,
                                  std::shared_ptr<const ExecCount> /*counted*/) {
    const FeedEnd end(feed);
    const auto agent = sandbox->agent;
    auto code = co_await agent->wait_process(process.container, process.exec);
    co_await drain_output(progress, k_drain);
    // The link broke: most likely the VM has just ended, which its supervisor is about to notice.
    if (!code && code.error().code == Code::unavailable && !sandbox->is_draining)
        std::ignore = co_await within(k_drain, "end", wait_until_process_ended(container));
    report_end(*container, *feed, std::move(code));
}

void start_following(Node& node, const std::shared_ptr<Container>& container, const GuestProcess& process,
                     const std::shared_ptr<OutputFeed>& feed, TerminalUse terminal,
                     std::shared_ptr<const ExecCount> counted) {
    const auto& sandbox = container->sandbox;
    auto progress = std::make_shared<OutputProgress>(node.executor);
    const OutputSink sink = [feed](Output output) { return hand_on(feed, std::move(output)); };
    const auto read = [&](OutputStream stream) {
        ++progress->open;
        sandbox->tasks.spawn(read_output(sandbox->agent, process, {.stream = stream}, progress, sink));
    };
    read(OutputStream::standard_output);
    if (terminal == TerminalUse::none) read(OutputStream::standard_error);
    sandbox->tasks.spawn(follow_exec(container, sandbox, process, feed, progress, std::move(counted)));
}

Result<oci::Process> make_process(const PodSandbox& sandbox, const ExecOptions& options) {
    if (options.command.empty()) return fail(Code::invalid_argument, "command: nothing to execute");
    launch::ExecConfig config;
    config.command = options.command;
    config.environment = options.environment;
    config.working_directory = options.working_directory;
    config.user = options.user;
    config.terminal = options.terminal;
    config.terminal_size = options.size;
    return launch::make_exec_process(sandbox.container, config);
}

} // namespace

Task<std::unique_ptr<ProcessSession>> exec_in_container(Node& node, ExecOptions options) {
    RDT_CO_TRY(auto container, find_container(node, options.container));
    const auto sandbox = container->sandbox;
    const bool runs =
        container->state == ContainerState::running || container->state == ContainerState::stopping;
    if (!runs || !sandbox || !sandbox->agent)
        co_return fail(Code::failed_precondition, "container '{}' is not running: it is {}",
                       container->record.name, name_of(container->state));
    if (sandbox->facts.is_paused)
        co_return fail(Code::failed_precondition, "container '{}' is paused: unpause it first",
                       container->record.name);
    RDT_CO_TRY(auto process, make_process(*sandbox, options));

    GuestProcess target{container->record.id, ExecId(random_hex(8))};
    const auto agent = sandbox->agent;
    auto counted = std::make_shared<const ExecCount>(sandbox);
    auto begun = agent->exec_process(target.container, target.exec, std::move(process));
    RDT_CO_CHECK(co_await in_phase(node, sandbox, "exec", std::move(begun)));
    if (sandbox->is_closed)
        co_return fail(Code::unavailable, "container '{}' has ended", container->record.name);

    GuestSession::Options kind;
    kind.stdin_use = options.with_stdin ? StdinUse::forward : StdinUse::none;
    kind.terminal = options.terminal ? TerminalUse::terminal : TerminalUse::none;
    kind.owns_process = true;
    auto feed = std::make_shared<OutputFeed>(node.executor);
    start_following(node, container, target, feed, kind.terminal, std::move(counted));
    if (!options.with_stdin && !options.terminal) {
        // It has ended already when this fails.
        [[maybe_unused]] const auto closed = co_await agent->close_stdin(target.container, target.exec);
    }
    co_return std::make_unique<GuestSession>(node.executor, std::move(container), std::move(target),
                                             std::move(feed), kind);
}

} // namespace redoubt::node::sandbox
