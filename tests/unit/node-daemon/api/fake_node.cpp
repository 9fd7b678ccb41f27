// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/unit/node-daemon/api/fake_node.hpp"

#include "node-daemon/sandbox/drain_node.hpp"

#include <boost/asio/error.hpp>

namespace redoubt::node::sandbox {

FakeSession::FakeSession(Node& node, asio::any_io_executor executor, bool is_endless)
    : node_(node), changed_(executor), is_endless_(is_endless) {
    ++node_.sessions;
}
FakeSession::~FakeSession() {
    --node_.sessions;
}

Task<ProcessEvent> FakeSession::next() {
    if (is_endless_ && !is_closed_) {
        co_await sleep_for(std::chrono::microseconds(10)); // lets the strand breathe
        ++node_.produced;
        co_return Output{OutputStream::standard_output, std::string(65536, 'x')};
    }
    while (events_.empty() && !is_closed_) co_await changed_.wait();
    if (is_closed_) co_return fail(Code::cancelled, "closed");
    ProcessEvent event = std::move(events_.front());
    events_.pop_front();
    co_return event;
}

Task<void> FakeSession::write_stdin(std::string data) {
    const auto stream = data.starts_with("!") ? OutputStream::standard_error : OutputStream::standard_output;
    events_.emplace_back(Output{stream, std::move(data)});
    changed_.pulse();
    co_return Status();
}

Task<void> FakeSession::close_stdin() {
    events_.emplace_back(Exited{7});
    changed_.pulse();
    co_return Status();
}

Task<void> FakeSession::resize(oci::TerminalSize size) {
    node_.note(std::format("resize {}x{}", size.rows, size.columns));
    co_return Status();
}

void FakeSession::close() {
    if (!std::exchange(is_closed_, true)) ++node_.closed_sessions;
    changed_.pulse();
}

Task<ContainerId> create_container(Node& node, ContainerSpec spec) {
    if (spec.image == "missing") co_return fail(Code::not_found, "no image 'missing'");
    if (spec.image == "throws") throw std::runtime_error("boom");
    node.created = std::move(spec);
    co_return ContainerId("c0ffee");
}

Task<void> start_container(Node& node, std::string container) {
    node.note("starting " + container);
    co_await node.released.wait();
    node.note("started " + container);
    co_return Status();
}

Task<void> stop_container(Node& node, std::string container, std::chrono::seconds timeout) {
    node.note(std::format("stop {} {}", container, timeout.count()));
    co_return Status();
}

Task<void> kill_container(Node& node, std::string container, std::string signal) {
    node.note(std::format("kill {} {}", container, signal));
    co_return Status();
}

Task<void> remove_container(Node& node, std::string container, RemoveMode mode, OwnVolumes own) {
    node.note(std::format("remove {} {}{}", container, mode == RemoveMode::force ? "force" : "only stopped",
                          own == OwnVolumes::removed ? " with volumes" : ""));
    co_return Status();
}

Task<int> wait_container(Node& node, std::string /*container*/) {
    struct CountWhenCancelled {
        Node& node;
        bool is_done = false;
        ~CountWhenCancelled() {
            if (!is_done) ++node.cancelled_waits;
        }
    } guard{node};
    ++node.waiting;
    co_await node.released.wait();
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) {
        co_return fail(Code::cancelled, "cancelled");
    }
    guard.is_done = true;
    co_return 3;
}

std::vector<ContainerSummary> list_containers(const Node& /*node*/, ListScope scope) {
    ContainerSummary running{
        .id = ContainerId("a"), .name = "web", .command = {"sh"}, .state = ContainerState::running};
    ContainerSummary ended{
        .id = ContainerId("b"), .state = ContainerState::exited, .exit_code = 137, .oom_killed = true};
    if (scope == ListScope::running) return {running};
    return {running, ended};
}

Result<ContainerDetails> inspect_container(const Node& node, const std::string& container) {
    if (container == "nobody") return fail(Code::not_found, "no container 'nobody'");
    ContainerDetails details;
    details.summary.id = ContainerId(container);
    details.spec = node.created;
    details.sandbox.vmm_pid = 42;
    details.sandbox.disks.push_back({.id = "layer-0", .path = "/x", .read_only = true, .root_hash = "ab"});
    return details;
}

namespace {
class FakeLog final : public LogReader {
  public:
    FakeLog(asio::any_io_executor executor, bool follow) : closed_(executor), follow_(follow) {}
    Task<std::optional<LogLine>> next() override {
        if (count_ < 3) co_return LogLine{.time = ++count_, .text = "line"};
        if (follow_) co_await closed_.wait();
        co_return std::nullopt;
    }
    void close() override { closed_.set(); }

  private:
    AsyncEvent closed_;
    bool follow_;
    int count_ = 0;
};
} // namespace

Task<std::unique_ptr<LogReader>> open_logs(Node& node, std::string /*container*/, LogOptions options) {
    co_return std::make_unique<FakeLog>(node.executor, options.follow);
}

Task<std::unique_ptr<ProcessSession>> attach_container(Node& node, AttachOptions options) {
    if (options.mode == AttachMode::running) co_return fail(Code::failed_precondition, "not running");
    co_return std::make_unique<FakeSession>(node, node.executor, node.is_endless);
}

Task<std::unique_ptr<ProcessSession>> exec_in_container(Node& node, ExecOptions options) {
    if (options.command.front() == "nothere") {
        co_return fail(Code::not_found, "exec: \"nothere\": executable file not found in $PATH");
    }
    co_return std::make_unique<FakeSession>(node, node.executor, node.is_endless);
}

std::unique_ptr<EventHub::Subscription> watch_events(Node& node, UnixTime since, bool follow) {
    return node.hub.subscribe(since, follow);
}

Task<ImageInfo> pull_image(Node& /*node*/, PullRequest request, ImageProgressFn progress) {
    for (std::uint64_t i = 0; i <= 10'000; ++i) progress({"sha256:1", LayerStep::downloading, i, 10'000});
    progress({"sha256:1", LayerStep::done, 10'000, 10'000});
    if (request.reference == "missing") co_return fail(Code::not_found, "no such image");
    co_return ImageInfo{.id = "sha256:2", .names = {request.reference}};
}

Task<void> check_login(Node& /*node*/, LoginRequest request) {
    if (request.credentials.password == "right") co_return Status{};
    co_return fail(Code::unauthenticated, "registry {}: not these", request.registry);
}

Task<ImageInfo> import_image(Node& node, std::string path, std::string name, ImageProgressFn /*progress*/) {
    node.note(std::format("import {} {}", path, name));
    co_return ImageInfo{.id = "sha256:3"};
}

Task<std::vector<ImageInfo>> list_images(Node& /*node*/) {
    co_return std::vector<ImageInfo>{{.id = "sha256:1"}};
}

Task<ImageDetails> inspect_image(Node& /*node*/, std::string image) {
    co_return ImageDetails{
        .image = {.id = image}, .layers = {{.digest = "d", .data_blocks = 9}}, .config_json = "{}"};
}

Task<RemovedImage> remove_image(Node& /*node*/, std::string image, RemoveImageMode mode) {
    if (mode == RemoveImageMode::only_unused)
        co_return fail(Code::failed_precondition, "image {} is in use", image);
    co_return RemovedImage{.untagged = {image}, .deleted = {"sha256:1"}};
}

Task<void> drain_node(Node& node, DrainOptions options) {
    node.note(std::format("drain {}", options.timeout.count()));
    co_return Status();
}
Task<void> resume_node(Node& node) {
    node.note("resume");
    co_return Status();
}
bool is_drained(const Node& /*node*/) {
    return true;
}

Task<VolumeInfo> create_volume(Node& node, VolumeRequest request) {
    node.note(std::format("create volume {} {}", request.name, request.size_bytes));
    co_return VolumeInfo{.name = request.name, .labels = request.labels, .key_uri = request.key_uri};
}

std::vector<VolumeInfo> list_volumes(const Node& /*node*/) {
    return {{.name = "data", .size_bytes = 7, .labels = {}, .path = "/x", .containers = {ContainerId("a")}}};
}

Result<VolumeInfo> inspect_volume(const Node& /*node*/, const std::string& volume) {
    if (volume == "nothing") return fail(Code::not_found, "no volume 'nothing'");
    return VolumeInfo{.name = volume, .labels = {}, .path = {}, .containers = {}};
}

Task<void> remove_volume(Node& node, std::string volume, RemoveVolumeMode mode) {
    const bool forced = mode == RemoveVolumeMode::with_containers;
    node.note(std::format("remove volume {} {}", volume, forced ? "force" : "only unused"));
    co_return Status();
}

Task<std::vector<std::string>> prune_volumes(Node& /*node*/, std::map<std::string, std::string> labels) {
    std::vector<std::string> removed;
    for (const auto& [key, value] : labels) removed.push_back(key + value);
    co_return removed;
}

Task<VolumeInfo> resize_volume(Node& /*node*/, std::string volume, std::uint64_t size_bytes) {
    co_return VolumeInfo{
        .name = volume, .size_bytes = size_bytes, .labels = {}, .path = {}, .containers = {}};
}

Task<void> pause_container(Node& node, std::string container) {
    node.note("pause " + container);
    co_return Status();
}

Task<void> unpause_container(Node& /*node*/, std::string container) {
    co_return fail(Code::failed_precondition, "container '{}' is not paused", container);
}

Task<void> restart_container(Node& node, std::string container, std::chrono::seconds timeout) {
    node.note(std::format("restart {} {}", container, timeout.count()));
    co_return Status();
}

Task<void> rename_container(Node& node, std::string container, std::string name) {
    node.note(std::format("rename {} {}", container, name));
    co_return Status();
}

Task<void> update_container(Node& node, std::string container, LimitChanges changes) {
    node.note(std::format("update {} {} {}", container, changes.memory_bytes.value_or(0),
                          changes.cpus.value_or(0)));
    co_return Status();
}

Task<std::vector<ContainerUsage>> container_stats(Node& /*node*/, std::vector<std::string> containers) {
    co_return std::vector<ContainerUsage>{
        {.id = ContainerId("a"), .name = containers.empty() ? "all" : containers.front(), .pids = 3}};
}

Task<std::vector<launch::GuestProcessInfo>> container_processes(Node& /*node*/, std::string /*container*/) {
    co_return std::vector<launch::GuestProcessInfo>{{.pid = 1, .name = "\xff", .command = {"sh", "\xfe"}}};
}

Task<std::vector<launch::PathChange>> container_changes(Node& /*node*/, std::string /*container*/,
                                                        std::string after) {
    using enum launch::ChangeKind;
    if (after.empty()) co_return std::vector<launch::PathChange>{{changed, "/a"}, {deleted, "/a/b"}};
    if (after == "/a/b") co_return std::vector<launch::PathChange>{{added, "/c"}};
    co_return std::vector<launch::PathChange>();
}

Task<launch::PathStatus> stat_in_container(Node& /*node*/, std::string /*container*/, std::string path) {
    co_return launch::PathStatus{.mode = 0040755, .path = std::move(path)};
}

namespace {
class FakeArchive final : public ArchiveSource, public ArchiveTarget {
  public:
    explicit FakeArchive(Node& node) : node_(node) {}
    Task<std::string> read() override {
        if (pieces_++ < 2) co_return std::string("piece");
        co_return std::string();
    }
    Task<void> write(std::string bytes) override {
        if (bytes == "bad") co_return fail(Code::invalid_argument, "not a tar archive");
        bytes_ += bytes.size();
        co_return Status();
    }
    Task<std::uint64_t> finish() override { co_return bytes_; }
    Task<void> close() override {
        node_.note("close");
        co_return Status();
    }

  private:
    Node& node_;
    int pieces_ = 0;
    std::uint64_t bytes_ = 0;
};
} // namespace

Task<std::unique_ptr<ArchiveSource>> copy_from_container(Node& node, std::string container, std::string path,
                                                         std::string name) {
    node.note(std::format("copy from {} {} {}", container, path, name));
    co_return std::make_unique<FakeArchive>(node);
}

Task<std::unique_ptr<ArchiveTarget>> copy_to_container(Node& node, std::string container,
                                                       launch::UnpackOptions options) {
    node.note(std::format("copy to {} {}", container, options.folder));
    co_return std::make_unique<FakeArchive>(node);
}

Task<PrunedImages> prune_images(Node& /*node*/, PruneScope scope) {
    co_return PrunedImages{
        .images = {{.id = scope == PruneScope::unused ? "all" : "nameless", .names = {"n"}}},
        .reclaimed_bytes = 7};
}

Task<DiskUsage> disk_usage(Node& /*node*/) {
    co_return DiskUsage{.images = {{.id = "sha256:1", .size_bytes = 5}},
                        .containers = {{.id = ContainerId("a"), .state = ContainerState::exited}},
                        .image_bytes = 5};
}

Task<NodeInfo> node_info(Node& /*node*/) {
    co_return NodeInfo{.version = "1.2.3", .accelerator = "tcg", .cpus = 2};
}

Task<std::vector<NodeCheck>> check_node(Node& /*node*/) {
    co_return std::vector<NodeCheck>{{"kvm", Verdict::warning, "not usable", "none needed"}};
}

} // namespace redoubt::node::sandbox
