// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/agent_main.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "common/agent_api/container_access_service.hpp"
#include "common/async/task_scope.hpp"
#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "guest-image/agent/agent_options.hpp"
#include "guest-image/agent/mount/guest_setup.hpp"
#include "guest-image/agent/rpc/agent_service.hpp"
#include "guest-image/agent/rpc/call_guard.hpp"
#include "guest-image/agent/rpc/config_document_service.hpp"
#include "guest-image/agent/rpc/listeners.hpp"
#include "guest-image/agent/rpc/network_service.hpp"
#include "guest-image/agent/rpc/renewal_service.hpp"
#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest {
namespace {

constexpr const char* k_port_name = "redoubt.agent";
/// Time for the answer to DestroySandbox to reach the host.
constexpr auto k_last_words = std::chrono::milliseconds(50);

/// Time for calls in flight to notice that we stop.
constexpr auto k_wind_down = std::chrono::seconds(5);

constexpr rlim_t k_max_descriptors = 1U << 20U; // the kernel's fs.nr_open

enum class Role { init, program };

/// The virtual machine ends. A reset, because only that ends a microvm without ACPI.
[[noreturn]] void end_guest() {
    ::sync();
    ::reboot(RB_AUTOBOOT);
    ::_exit(1); // PID 1 that exits is a kernel panic, which ends the VM as well
}

Result<AgentOptions> read_options(std::span<const char* const> arguments) {
    AgentOptions options;
    if (const char* address = std::getenv("KATA_AGENT_SERVER_ADDR"))
        options.server_address = address; // NOLINT
    RDT_CHECK(apply_arguments(options, arguments));
    return options;
}

/// Another's kernel may be built without what the setting is of.
Status write_if_there(const std::filesystem::path& setting, std::string_view value) {
    auto set = write_existing(setting, value);
    if (!set && set.error().code == Code::not_found) return {};
    return set;
}

Status set_up_memory() {
    // A limit is met when memory is used, as on a large host, and not when a small VM could never hold what
    // is asked.
    RDT_CHECK(write_existing("/proc/sys/vm/overcommit_memory", "1"));
    // A guest whose memory is all in use and that has no swap would read its programs from the disk again and
    // again before it gives up; now it does when it cannot keep the pages of a second. Source:
    // Linux Documentation/admin-guide/mm/multigen_lru.rst, "Thrashing prevention".
    RDT_CHECK(write_if_there("/sys/kernel/mm/lru_gen/min_ttl_ms", "1000"));
    // An idle guest is to sleep, and not to look twice a second for huge pages and every second at its
    // counters. Source: Linux Documentation/admin-guide/sysctl/vm.rst.
    RDT_CHECK(write_if_there("/proc/sys/vm/compaction_proactiveness", "0"));
    return write_if_there("/proc/sys/vm/stat_interval", "10");
}

/// PID 1 sees its options only after it has mounted /proc.
Result<std::filesystem::path> set_up_guest(AgentOptions& options) {
    RDT_CHECK(mount::mount_guest_filesystems());
    RDT_TRY(const auto command_line, read_file("/proc/cmdline"));
    RDT_CHECK(apply_kernel_command_line(options, command_line));
    // The kernel must take a container's process before ours when memory runs out.
    RDT_CHECK(write_existing("/proc/self/oom_score_adj", "-1000"));
    RDT_CHECK(set_up_memory());
    // Three descriptors for each process that was executed; containers whose specification sets no limit
    // inherit this.
    const rlimit descriptors{k_max_descriptors, k_max_descriptors};
    if (::setrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return fail_errno(errno, "raise the limit of descriptors");
    RDT_CHECK(mount::bring_loopback_up());
    return mount::prepare_cgroups();
}

/// The memory of an agent that has secrets is nobody's to read: no core, no /proc/PID/mem, no tracer. What it
/// starts inherits the limit, unless its specification sets one.
Status keep_memory_private() {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0) return fail_errno(errno, "forbid core files");
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) return fail_errno(errno, "forbid to be looked into");
    return {};
}

Result<sandbox::SandboxOptions> prepare(AgentOptions& options, Role role) {
    sandbox::SandboxOptions sandbox_options;
    if (role == Role::init) {
        RDT_TRY(sandbox_options.cgroups, set_up_guest(options));
    } else if (options.has_cgroups) {
        RDT_TRY(sandbox_options.cgroups, mount::prepare_cgroups());
    }
    if (options.is_confidential) RDT_CHECK(keep_memory_private());
    if (!log::set_level(options.log_level))
        return fail(Code::invalid_argument, "log level '{}' is not error, warning, info or debug",
                    options.log_level);
    std::error_code error;
    std::filesystem::create_directories(options.base, error);
    if (error) return fail(Code::internal, "make {}: {}", options.base, error.message());
    sandbox_options.base = options.base;
    sandbox_options.hotplug_timeout = options.hotplug_timeout;
    sandbox_options.pipe_bytes = options.pipe_bytes;
    for (const auto& word : options.ignored)
        log::warning(
            "a word of the kernel command line asks for what this agent does not have: it is ignored",
            {{"WORD", word}});
    return sandbox_options;
}

/// Waits for one listener; when it cannot go on, nobody can reach us.
asio::awaitable<void> watch_listener(Task<void> listener, std::optional<Error>* failure,
                                     asio::io_context* io) {
    auto served = co_await std::move(listener);
    if (!served) *failure = served.error();
    io->stop();
}

Status start_listeners(TaskScope& scope, ttrpc::Server& server, const AgentOptions& options, Role role,
                       std::optional<Error>& failure, asio::io_context& io) {
    if (role == Role::program) {
        scope.spawn(watch_listener(rpc::serve_unix_address(server, options.server_address), &failure, &io));
        return {};
    }
    const auto port = mount::find_serial_port(k_port_name);
    if (!port.empty()) scope.spawn(watch_listener(rpc::serve_port(server, port), &failure, &io));
    const bool is_on_vsock = rpc::has_vsock();
    if (is_on_vsock) scope.spawn(watch_listener(rpc::serve_vsock(server), &failure, &io));
    if (port.empty() && !is_on_vsock)
        return fail(Code::unavailable, "the VM has neither a serial port '{}' nor a vsock device",
                    k_port_name);
    return {};
}

/// Of a confidential guest: first what it is, then, whatever came of it, the listeners. One that may not
/// serve says so to whoever asks, since only its host can tell the operator.
asio::awaitable<void> start_strictly(const AgentOptions* options, ttrpc::Server* server,
                                     ConfidentialPart* part, const sandbox::Sandbox* box) {
    if (part == nullptr) {
        server->set_guard(rpc::refuse_all(
            {Code::failed_precondition, "redoubt.confidential: this agent is one of ordinary VMs"}));
        co_return;
    }
    const auto refuse = [&](std::string reason) {
        log::error("nothing is served: " + reason);
        server->set_guard(rpc::refuse_all({Code::permission_denied, std::move(reason)}));
    };
    auto guard = co_await part->start(*options);
    if (!guard) {
        refuse("initdata: " + guard.error().message);
    } else if (const auto attended = part->attend(co_await asio::this_coro::executor, *box); !attended) {
        refuse("workload API: " + attended.error().message);
    } else {
        server->set_guard(*std::move(guard));
    }
}

asio::awaitable<void> stop_soon(asio::io_context* io) {
    co_await sleep_for(k_last_words);
    io->stop();
}

asio::awaitable<void> start(const AgentOptions* options, ttrpc::Server* server, ConfidentialPart* part,
                            const sandbox::Sandbox* box, std::function<void()> listen) {
    if (options->is_confidential) co_await start_strictly(options, server, part, box);
    log::info("agent serving", {{"VERSION", REDOUBT_VERSION}});
    listen();
}

Status serve(sandbox::SandboxOptions sandbox_options, const AgentOptions& options, Role role,
             ConfidentialPart* part) {
    asio::io_context io(1);
    process::ChildReaper reaper(io.get_executor());
    RDT_TRY(const auto box, sandbox::Sandbox::open(io.get_executor(), std::move(sandbox_options), reaper));
    ttrpc::Server server;
    TaskScope scope(io.get_executor());
    const auto entropy =
        options.is_confidential ? sandbox::HostEntropy::uncredited : sandbox::HostEntropy::credited;
    rpc::AgentService service(*box, [&] { scope.spawn(stop_soon(&io)); }, entropy);
    service.add_to(server);
    containers::ContainerAccess access(
        [&box = *box](const ContainerId& id) { return box.running_container(id); });
    agent_api::add_container_access_calls(server, access);
    rpc::add_config_document_calls(server, *box);
    rpc::add_health_service(server);
    rpc::add_network_calls(server, options.hotplug_timeout);
    // A measured guest is never a clone, and takes no seed of the host's for entropy.
    if (!options.is_confidential) rpc::add_renewal_calls(server, *box);
    std::optional<Error> failure;
    scope.spawn(reaper.run());
    scope.spawn(box->oom_watcher().run());
    scope.spawn(box->keep_copies_current());
    const auto listen = [&] {
        if (auto listening = start_listeners(scope, server, options, role, failure, io); !listening) {
            failure = listening.error();
            io.stop();
        }
    };
    scope.spawn(start(&options, &server, part, box.get(), listen));
    asio::signal_set stop(io);
    if (role == Role::program) {
        stop.add(SIGINT);
        stop.add(SIGTERM);
        stop.async_wait([&io](const boost::system::error_code& error, int) {
            if (!error) io.stop();
        });
    }
    io.run();
    // What is in flight ends before what it uses does. PID 1 has no time for it: the whole guest ends.
    if (role == Role::init) {
        if (failure) log::error("agent ends: " + failure->message);
        end_guest();
    }
    scope.cancel();
    io.restart();
    io.run_for(k_wind_down);
    if (failure) return std::unexpected(*failure);
    return {};
}

Status run(std::span<const char* const> arguments, bool is_init, ConfidentialPart* part) {
    RDT_TRY(auto options, read_options(arguments));
    const Role role = is_init && options.server_address.empty() ? Role::init : Role::program;
    if (role == Role::program && options.server_address.empty())
        return fail(Code::invalid_argument, "outside of a VM the agent needs --server-addr unix:///path");
    ::signal(SIGPIPE, SIG_IGN);
    RDT_TRY(auto sandbox_options, prepare(options, role));
    if (part != nullptr) sandbox_options.keyed_work = &part->keyed_work();
    return serve(std::move(sandbox_options), options, role, part);
}

} // namespace

int run_agent(int argc, char** argv, ConfidentialPart* part) {
    const bool is_init =
        ::getpid() == 1 && argc == 1 && std::getenv("KATA_AGENT_SERVER_ADDR") == nullptr; // NOLINT
    int code = 0;
    try {
        const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
        if (const auto done = run(arguments.subspan(1), is_init, part); !done) {
            log::error("agent ends: " + done.error().message,
                       {{"CODE", std::string(name_of(done.error().code))}});
            code = 1;
        }
    } catch (const std::exception& error) {
        log::error(std::string("agent ends: ") + error.what());
        code = 1;
    }
    if (is_init) end_guest();
    return code;
}

} // namespace redoubt::guest
