// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A VM and its agent in memory, for faults that no real one can be made to have on demand. Everything else
/// is tested with real VMs: tests/e2e.

#include <deque>
#include <format>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "common/async/event.hpp"
#include "common/async/task.hpp"
#include "node-daemon/agent_client/agent_client.hpp"
#include "node-daemon/hypervisor/hypervisor.hpp"
#include "tests/support/faults.hpp"

namespace redoubt::node::testing_support {

struct FakeProcess {
    std::deque<std::string> out;
    std::deque<std::string> err;
    std::optional<int> exit_code;
    std::string stdin_bytes;
    bool stdin_closed = false;
    int last_signal = 0;
};

/// One VM with what runs in it. Shared by the fake hypervisor, handles and clients: it outlives a "daemon".
struct FakeGuest {
    explicit FakeGuest(const asio::any_io_executor& executor) : changed(executor) {}

    bool is_alive = true;
    std::string end_reason;
    int links = 0;      ///< clients connected so far
    int link_epoch = 0; ///< clients of an earlier epoch have lost their link
    std::map<std::pair<std::string, std::string>, FakeProcess> processes; ///< by container and exec id
    std::deque<std::string> oom_events;
    std::vector<launch::NetworkDevice> devices;
    std::vector<launch::GuestInterface> interfaces;
    std::vector<launch::GuestRoute> routes;
    std::vector<std::string> dns;
    std::vector<launch::DiskSpec> disks; ///< plugged in
    std::map<std::string, std::uint64_t> resized;
    std::vector<agent_client::Storage> storages; ///< of the container made last
    std::vector<oci::Mount> mounts;
    std::vector<agent_client::Storage> shared_storages; ///< of the sandbox
    std::map<std::string, std::vector<launch::ConfigFile>> documents;
    int removals = 0;                  ///< of containers
    std::optional<int> exec_exit_code; ///< with which every exec ends at once
    Duration unmount_time{std::chrono::milliseconds(20)};
    std::set<std::string> removing;  ///< containers that are being removed
    std::set<std::string> unmounted; ///< containers of which all has come to its disks
    agent_client::ContainerStats stats;
    oci::Resources resources; ///< of the last update
    bool is_paused = false;
    std::vector<std::string> archives; ///< that were opened
    bool is_clone = false;             ///< of a guest template
    std::vector<agent_client::GuestRenewal> renewals;
    std::vector<agent_client::ContainerSpec> rehearsed;
    std::vector<std::string> rehearsed_macs;
    int open_transfers = 0;
    AsyncEvent changed;

    FakeProcess& init() { return processes.begin()->second; }
    void die(std::string reason) {
        is_alive = false;
        end_reason = std::move(reason);
        changed.pulse();
    }
    void exit_container(const std::string& id, int code) {
        processes.at({id, ""}).exit_code = code;
        changed.pulse();
    }
    void exit_init(int code) {
        init().exit_code = code;
        changed.pulse();
    }
    void print(std::string text) {
        init().out.push_back(std::move(text));
        changed.pulse();
    }
    void lose_link() {
        ++link_epoch;
        changed.pulse();
    }
};

class FakeVm final : public hypervisor::VirtualMachine {
  public:
    FakeVm(hypervisor::VmRecord record, std::shared_ptr<FakeGuest> guest, Faults& faults)
        : record_(std::move(record)), guest_(std::move(guest)), faults_(faults) {}

    hypervisor::VmRecord record() const override { return record_; }
    std::filesystem::path agent_socket() const override { return record_.id.str(); }
    std::string console_tail() const override { return "fake console\n"; }
    bool is_clone() const override { return guest_->is_clone; }
    Task<void> attach_disk(launch::DiskSpec disk) override {
        RDT_CO_CHECK(co_await faults_.pass("attach_disk"));
        const auto guest = guest_;
        while (guest->is_alive && faults_.hanging.contains("attach_disk")) co_await guest->changed.wait();
        if (!guest->is_alive) co_return fail(Code::unavailable, "vm has ended: {}", guest->end_reason);
        guest_->disks.push_back(std::move(disk));
        co_return Status{};
    }
    Task<void> detach_disk(std::string disk_id) override {
        RDT_CO_CHECK(co_await faults_.pass("detach_disk"));
        if (!guest_->is_alive) co_return fail(Code::unavailable, "vm has ended: {}", guest_->end_reason);
        std::erase_if(guest_->disks, [&disk_id](const auto& disk) { return disk.id == disk_id; });
        co_return Status{};
    }
    Task<void> resize_disk(std::string disk_id, std::uint64_t size_bytes) override {
        RDT_CO_CHECK(co_await faults_.pass("resize_disk"));
        guest_->resized[disk_id] = size_bytes;
        co_return Status{};
    }
    Task<hypervisor::VmExit> wait() override { return wait_for(guest_); }
    Task<void> kill() override {
        RDT_CO_CHECK(co_await faults_.pass("kill"));
        if (guest_->is_alive) guest_->die("killed by signal 9");
        co_return Status{};
    }

  private:
    static Task<hypervisor::VmExit> wait_for(std::shared_ptr<FakeGuest> guest) {
        while (guest->is_alive) co_await guest->changed.wait();
        co_return hypervisor::VmExit{false, guest->end_reason};
    }

    hypervisor::VmRecord record_;
    std::shared_ptr<FakeGuest> guest_;
    Faults& faults_;
};

class FakeAgentClient final : public agent_client::AgentClient {
  public:
    FakeAgentClient(std::shared_ptr<FakeGuest> guest, Faults& faults)
        : guest_(std::move(guest)), faults_(faults), epoch_(guest_->link_epoch) {
        ++guest_->links;
    }

    /// Not one of the calls that are counted: when it comes is a matter of time.
    Task<void> check_health(Duration limit) override {
        const auto guest = guest_;
        if (is_linked() && faults_.hanging.contains("check_health")) {
            co_await sleep_for(limit);
            co_return fail(Code::deadline_exceeded, "no answer on purpose");
        }
        if (!is_linked()) co_return lost();
        co_return Status{};
    }
    Task<agent_client::GuestDetails> guest_details() override {
        RDT_CO_CHECK(co_await step("guest_details"));
        co_return agent_client::GuestDetails{"0.1", "7.3.0"};
    }
    Task<void> create_sandbox(agent_client::SandboxSpec spec) override {
        guest_->dns = std::move(spec.dns);
        guest_->shared_storages = std::move(spec.storages);
        return step("create_sandbox");
    }
    Task<void> update_interface(launch::GuestInterface interface) override {
        RDT_CO_CHECK(co_await step("update_interface"));
        guest_->interfaces.push_back(std::move(interface));
        co_return Status{};
    }
    Task<void> update_routes(std::vector<launch::GuestRoute> routes) override {
        RDT_CO_CHECK(co_await step("update_routes"));
        guest_->routes = std::move(routes);
        co_return Status{};
    }
    Task<void> destroy_sandbox() override { return step("destroy_sandbox"); }
    Task<void> create_container(agent_client::ContainerSpec spec) override {
        RDT_CO_CHECK(co_await step("create_container"));
        guest_->processes[{spec.id.str(), ""}] = {};
        guest_->storages = std::move(spec.storages);
        guest_->mounts = std::move(spec.spec.mounts);
        co_return Status{};
    }
    Task<void> start_container(ContainerId /*id*/) override { return step("start_container"); }
    /// As the agent does it: the process ends, which others hear of at once, and unmounting takes a while
    /// more.
    Task<void> remove_container(ContainerId id, std::chrono::seconds /*timeout*/) override {
        const auto guest = guest_;
        ++guest->removals;
        RDT_CO_CHECK(co_await step("remove_container"));
        if (!guest->removing.insert(id.str()).second)
            co_return fail(Code::failed_precondition, "being removed");
        for (auto& [name, process] : guest->processes)
            if (name.first == id.str() && !process.exit_code) process.exit_code = 137;
        guest->changed.pulse();
        co_await sleep_for(guest->unmount_time);
        guest->removing.erase(id.str());
        if (!guest->is_alive) co_return fail(Code::unavailable, "the link is lost");
        guest->unmounted.insert(id.str());
        co_return Status{};
    }
    Task<void> exec_process(ContainerId id, ExecId exec, oci::Process /*process*/) override {
        RDT_CO_CHECK(co_await step("exec_process"));
        guest_->processes[{id.str(), exec.str()}].exit_code = guest_->exec_exit_code;
        co_return Status{};
    }
    Task<void> signal_process(ContainerId id, ExecId exec, int signal) override {
        RDT_CO_CHECK(co_await step("signal_process"));
        auto& process = guest_->processes[{id.str(), exec.str()}];
        process.last_signal = signal;
        if (signal == 9) process.exit_code = 137;
        guest_->changed.pulse();
        co_return Status{};
    }
    Task<int> wait_process(ContainerId id, ExecId exec) override {
        const auto guest = guest_;
        RDT_CO_CHECK(co_await step("wait_process"));
        for (;;) {
            if (!is_linked()) co_return lost();
            if (const auto code = guest->processes[{id.str(), exec.str()}].exit_code) co_return *code;
            co_await guest->changed.wait();
        }
    }
    Task<std::string> read_stdout(ContainerId id, ExecId exec, agent_client::ReadWindow /*window*/) override {
        return read(guest_->processes[{id.str(), exec.str()}], &FakeProcess::out);
    }
    Task<std::string> read_stderr(ContainerId id, ExecId exec, agent_client::ReadWindow /*window*/) override {
        return read(guest_->processes[{id.str(), exec.str()}], &FakeProcess::err);
    }
    Task<void> write_stdin(ContainerId id, ExecId exec, std::string data) override {
        RDT_CO_CHECK(co_await step("write_stdin"));
        guest_->processes[{id.str(), exec.str()}].stdin_bytes += data;
        co_return Status{};
    }
    Task<void> close_stdin(ContainerId id, ExecId exec) override {
        RDT_CO_CHECK(co_await step("close_stdin"));
        guest_->processes[{id.str(), exec.str()}].stdin_closed = true;
        co_return Status{};
    }
    Task<void> resize_terminal(ContainerId /*id*/, ExecId /*exec*/, oci::TerminalSize /*size*/) override {
        return step("resize_terminal");
    }
    Task<agent_client::ContainerStats> stats(ContainerId /*id*/) override {
        RDT_CO_CHECK(co_await step("stats"));
        co_return guest_->stats;
    }
    Task<void> update_container(ContainerId /*id*/, oci::Resources resources) override {
        RDT_CO_CHECK(co_await step("update_container"));
        guest_->resources = std::move(resources);
        co_return Status{};
    }
    Task<void> pause_container(ContainerId /*id*/) override {
        RDT_CO_CHECK(co_await step("pause_container"));
        guest_->is_paused = true;
        co_return Status{};
    }
    Task<void> resume_container(ContainerId /*id*/) override {
        RDT_CO_CHECK(co_await step("resume_container"));
        guest_->is_paused = false;
        co_return Status{};
    }
    Task<std::vector<launch::GuestProcessInfo>> list_processes(ContainerId /*id*/) override {
        RDT_CO_CHECK(co_await step("list_processes"));
        co_return std::vector<launch::GuestProcessInfo>{{.pid = 1, .user = "root", .name = "sh"}};
    }
    Task<std::vector<launch::PathChange>> list_changes(ContainerId /*id*/, std::string after) override {
        RDT_CO_CHECK(co_await step("list_changes"));
        if (!after.empty()) co_return std::vector<launch::PathChange>();
        co_return std::vector<launch::PathChange>{{launch::ChangeKind::added, "/new"}};
    }
    Task<launch::PathStatus> stat_path(ContainerId /*id*/, std::string path) override {
        RDT_CO_CHECK(co_await step("stat_path"));
        co_return launch::PathStatus{.mode = 0100644, .size_bytes = 3, .path = std::move(path)};
    }
    Task<std::uint64_t> open_archive(ContainerId /*id*/, std::string path, std::string name) override {
        RDT_CO_CHECK(co_await step("open_archive"));
        guest_->archives.push_back(path + " as " + name);
        ++guest_->open_transfers;
        co_return guest_->archives.size();
    }
    Task<std::string> read_archive(std::uint64_t /*transfer*/) override {
        RDT_CO_CHECK(co_await step("read_archive"));
        --guest_->open_transfers;
        co_return std::string();
    }
    Task<std::uint64_t> open_unpacking(ContainerId /*id*/, launch::UnpackOptions options) override {
        RDT_CO_CHECK(co_await step("open_unpacking"));
        guest_->archives.push_back("into " + options.folder);
        ++guest_->open_transfers;
        co_return guest_->archives.size();
    }
    Task<void> write_archive(std::uint64_t /*transfer*/, std::string /*bytes*/) override {
        return step("write_archive");
    }
    Task<std::uint64_t> finish_unpacking(std::uint64_t /*transfer*/) override {
        RDT_CO_CHECK(co_await step("finish_unpacking"));
        --guest_->open_transfers;
        co_return 1;
    }
    Task<void> close_transfer(std::uint64_t /*transfer*/) override {
        --guest_->open_transfers;
        return step("close_transfer");
    }
    Task<void> renew(agent_client::GuestRenewal renewal) override {
        guest_->renewals.push_back(std::move(renewal));
        return step("renew");
    }
    Task<void> rehearse(agent_client::ContainerSpec container,
                        std::vector<std::string> template_macs) override {
        guest_->rehearsed.push_back(std::move(container));
        guest_->rehearsed_macs = std::move(template_macs);
        return step("rehearse");
    }
    Task<void> put_document(std::string name, std::vector<launch::ConfigFile> files) override {
        guest_->documents[name] = std::move(files);
        return step("put_document");
    }
    Task<void> resize_volume(std::string /*path*/, std::uint64_t /*size*/) override {
        return step("resize_volume");
    }
    Task<ContainerId> next_oom_event() override {
        while (guest_->oom_events.empty()) {
            if (!is_linked()) co_return lost();
            co_await guest_->changed.wait();
        }
        ContainerId id(guest_->oom_events.front());
        guest_->oom_events.pop_front();
        co_return id;
    }

  private:
    bool is_linked() const { return guest_->is_alive && epoch_ == guest_->link_epoch; }
    static std::unexpected<Error> lost() { return fail(Code::unavailable, "link lost"); }

    Task<void> step(std::string name) {
        const auto guest = guest_;
        RDT_CO_CHECK(co_await faults_.pass(name));
        while (is_linked() && faults_.hanging.contains(name)) co_await guest->changed.wait();
        if (!is_linked()) co_return lost();
        co_return Status{};
    }
    Task<std::string> read(FakeProcess& process, std::deque<std::string> FakeProcess::* stream) {
        const auto guest = guest_;
        while ((process.*stream).empty()) {
            if (!is_linked()) co_return lost();
            if (process.exit_code) co_return std::string();
            co_await guest->changed.wait();
        }
        auto bytes = std::move((process.*stream).front());
        (process.*stream).pop_front();
        co_return bytes;
    }

    std::shared_ptr<FakeGuest> guest_;
    Faults& faults_;
    int epoch_;
};

/// The host's VMs. Outlives a "daemon".
class FakeHypervisor final : public hypervisor::Hypervisor {
  public:
    FakeHypervisor(asio::any_io_executor executor, Faults& faults)
        : executor_(std::move(executor)), faults_(faults) {}

    Task<std::string> version() override { co_return "fake 1"; }
    Task<std::unique_ptr<hypervisor::VirtualMachine>> launch(launch::VmSpec spec) override {
        RDT_CO_CHECK(co_await faults_.pass("launch"));
        auto guest = std::make_shared<FakeGuest>(executor_);
        guest->devices = spec.networks;
        guest->is_clone = makes_clones && spec.may_be_clone;
        guests[spec.id.str()] = guest;
        launched.push_back(spec);
        co_return std::make_unique<FakeVm>(hypervisor::VmRecord{.id = spec.id,
                                                                .pid = 4711,
                                                                .pid_start_time = "1",
                                                                .runtime_directory = spec.runtime_directory},
                                           guest, faults_);
    }
    Result<std::string> kind_of(const launch::VmSpec& spec) const override {
        if (!makes_clones || !spec.may_be_clone) return Hypervisor::kind_of(spec);
        auto kind = std::format("{} {} {}", kernel, spec.vcpus, spec.memory_bytes);
        for (const auto& device : spec.networks) kind += std::format(" {}", device.mtu);
        return kind;
    }
    Task<std::unique_ptr<hypervisor::VirtualMachine>> adopt(hypervisor::VmRecord record) override {
        RDT_CO_CHECK(co_await faults_.pass("adopt"));
        const auto found = guests.find(record.id.str());
        if (found == guests.end() || !found->second->is_alive) co_return fail(Code::not_found, "no such VM");
        co_return std::make_unique<FakeVm>(record, found->second, faults_);
    }
    Task<void> reap(SandboxId id) override {
        RDT_CO_CHECK(co_await faults_.pass("reap"));
        if (const auto found = guests.find(id.str()); found != guests.end() && found->second->is_alive)
            found->second->die("reaped");
        co_return Status{};
    }

    /// As sandbox::ConnectAgentFn; the "socket" is the sandbox's id.
    Task<std::unique_ptr<agent_client::AgentClient>> connect(std::filesystem::path socket,
                                                             Duration deadline) {
        const auto guest = guests.at(socket.native());
        RDT_CO_CHECK(co_await faults_.pass("connect"));
        if (faults_.hanging.contains("connect")) {
            co_await sleep_for(deadline);
            co_return fail(Code::deadline_exceeded, "agent: no answer");
        }
        co_return std::make_unique<FakeAgentClient>(guest, faults_);
    }

    [[nodiscard]] int alive() const {
        int count = 0;
        for (const auto& [id, guest] : guests) count += guest->is_alive ? 1 : 0;
        return count;
    }
    FakeGuest& only_guest() {
        for (const auto& [id, guest] : guests)
            if (guest->is_alive) return *guest;
        std::abort();
    }

    /// That clones were renewed with.
    [[nodiscard]] std::vector<std::string> seeds() const {
        std::vector<std::string> all;
        for (const auto& [id, guest] : guests)
            for (const auto& renewal : guest->renewals) all.push_back(renewal.seed);
        return all;
    }

    bool makes_clones = false; ///< of guest templates
    int kernel = 1;            ///< which file the guest's is
    std::map<std::string, std::shared_ptr<FakeGuest>> guests;
    std::vector<launch::VmSpec> launched;

  private:
    asio::any_io_executor executor_;
    Faults& faults_;
};

} // namespace redoubt::node::testing_support
