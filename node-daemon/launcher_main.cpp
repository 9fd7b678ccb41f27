// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-launcher: what of a node has to be root's, put together. Concrete mechanisms are named here.

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <linux/nsfs.h>
#include <optional>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.hpp"
#include "common/log/log.hpp"
#include "node-daemon/confidential_means.hpp"
#include "node-daemon/config.hpp"
#include "node-daemon/host/core_files.hpp"
#include "node-daemon/host/journal.hpp"
#include "node-daemon/host/service_manager.hpp"
#include "node-daemon/hypervisor/qemu/qemu_hypervisor.hpp"
#include "node-daemon/launcher/server.hpp"
#include "node-daemon/launcher/service.hpp"
#include "node-daemon/launcher/vm_keeper.hpp"
#include "node-daemon/network/cni/catalog.hpp"
#include "node-daemon/network_settings.hpp"
#include "node-daemon/service_loop.hpp"
#include "node-daemon/vm_settings.hpp"

namespace redoubt::node {
namespace {

namespace qemu = hypervisor::qemu;

constexpr int k_ended_well = 0;
constexpr int k_failed = 1;
constexpr int k_wrong_use = 2;
constexpr std::string_view k_listener = "launcher";
constexpr std::string_view k_usage = "Usage: redoubt-launcher [--config FILE]\n"
                                     "\n"
                                     "Starts VMs and makes networks for a redoubtd that is not root.\n"
                                     "\n"
                                     "  --config FILE  settings, instead of /etc/redoubt/redoubtd.toml\n"
                                     "  --version      print the version\n"
                                     "  --help         print this\n";

/// What lives as long as the launcher, in the order it is made.
struct Foundation {
    Config config;
    std::optional<host::ServiceManager> service_manager;
    asio::io_context context{1};
    std::optional<network::cni::CniNetwork> network;
    std::optional<network::cni::CniCatalog> catalog;
};

Status make_folders(const Config& config) {
    for (const auto& folder : {config.launcher.state_dir, config.launcher.runtime_dir}) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) return fail_errno(error.value(), "make folder {}", folder.native());
    }
    return {};
}

/// A network namespace, and not the host's: plugins are to work in it.
Status check_namespace(int fd) {
    RDT_TRY(const auto own, open_file("/proc/self/ns/net", O_RDONLY));
    struct stat ours{};
    struct stat theirs{};
    if (::fstat(own.get(), &ours) != 0 || ::fstat(fd, &theirs) != 0 ||
        ::ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
        return fail(Code::invalid_argument, "not a network namespace");
    if (ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
        return fail(Code::invalid_argument, "the host's network namespace");
    return {};
}

Status adopt_namespace(Foundation& base, const SandboxId& sandbox, int fd) {
    RDT_CHECK(check_namespace(fd));
    RDT_CHECK(base.network->restore_namespace(sandbox, fd));
    base.service_manager->keep(kept_name(sandbox), fd);
    return {};
}

std::string words_of(qemu::Isolation isolation) {
    switch (isolation) {
    case qemu::Isolation::none: return "none";
    case qemu::Isolation::view_and_network: return "files and network";
    case qemu::Isolation::full: return "namespaces of every kind";
    }
    return {};
}

/// How far VMs can be kept from this host, and which program they are.
Task<launcher::Welcome> learn(Foundation& base, qemu::QemuSettings& settings) {
    qemu::QemuHypervisor trial(base.context.get_executor(),
                               {.program = settings.program, .run_as = settings.run_as});
    RDT_CO_TRY(settings.isolation, co_await trial.choose_isolation());
    if (settings.isolation == qemu::Isolation::none)
        log::warning("VMs see the host's files and networks: namespaces cannot be made here");
    launcher::Welcome welcome{.hypervisor = {},
                              .isolation = words_of(settings.isolation),
                              .has_kvm = open_file("/dev/kvm", O_RDWR).has_value()};
    if (auto version = co_await trial.version())
        welcome.hypervisor = *std::move(version);
    else
        log::warning("hypervisor: " + version.error().message);
    co_await trial.close();
    co_return welcome;
}

Result<UniqueFd> take_listener(Foundation& base, uid_t user) {
    auto passed = base.service_manager->take(k_listener);
    if (!passed.empty()) return std::move(passed.front());
    const auto& socket = base.config.launcher.socket;
    if (socket.empty())
        return fail(Code::failed_precondition, "no socket: neither passed nor 'launcher.socket'");
    return launcher::listen_at(socket, ::geteuid() == 0 ? std::optional(user) : std::nullopt);
}

Task<void> run(Foundation& base) {
    RDT_CO_TRY(const auto user,
               qemu::find_identity(base.config.launcher.user).transform_error(context("launcher.user")));
    if (base.config.hypervisor.user.empty() && ::geteuid() == 0)
        co_return fail(Code::failed_precondition, "'hypervisor.user' is not set: no VM runs as root");
    RDT_CO_TRY(auto vm_settings, make_vm_settings(base.config));
    RDT_CO_TRY(auto welcome, co_await learn(base, vm_settings));
    launcher::VmKeeper vms(base.context.get_executor(), std::move(vm_settings),
                           make_confidential_means(base.config, host::find_secure_processors()));
    launcher::Service service(
        {.vms = vms,
         .network = *base.network,
         .catalog = *base.catalog,
         .adopt_namespace = [&base](const SandboxId& sandbox,
                                    int fd) { return adopt_namespace(base, sandbox, fd); },
         .welcome = std::move(welcome)});
    RDT_CO_TRY(auto listener, take_listener(base, user.user));
    launcher::Server server(base.context.get_executor(), std::move(listener), user.user, service);
    server.start();
    log::info("launcher ready", {{"USER", base.config.launcher.user}, {"VERSION", REDOUBT_VERSION}});
    co_await serve_until_stopped(*base.service_manager, {.reload = [] { return Status(); },
                                                         .status = [] { return std::string("listening"); }});
    co_await server.stop();
    co_await vms.close();
    co_return Status{};
}

Status run_launcher(Foundation& base) {
    RDT_CHECK(make_folders(base.config));
    const auto settings = make_network_settings(base.config, base.config.launcher.state_dir,
                                                base.config.launcher.runtime_dir, *base.service_manager);
    base.catalog.emplace(settings.conflist_folder, settings.own, settings.default_network);
    base.network.emplace(settings);
    restore_namespaces(*base.service_manager, *base.network);
    Status result;
    asio::co_spawn(base.context, run(base), [&result](const std::exception_ptr& error, Status status) {
        if (error) std::rethrow_exception(error);
        result = std::move(status);
    });
    base.context.run();
    return result;
}

Result<Config> read_config(const std::filesystem::path& file) {
    const auto presence = file.empty() ? config::Presence::optional : config::Presence::required;
    RDT_TRY(const auto settings, load_settings(file.empty() ? k_config_file : file, presence));
    return make_config(settings);
}

int fail_with(const Error& error, int code) {
    std::cerr << "redoubt-launcher: " << error.message << '\n';
    return code;
}

int main_of(int argc, char** argv) {
    std::filesystem::path file;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--help" || argument == "-h") {
            std::cout << k_usage;
            return k_ended_well;
        }
        if (argument == "--version") {
            std::cout << "redoubt-launcher " << REDOUBT_VERSION << '\n';
            return k_ended_well;
        }
        if (argument != "--config" || i + 1 == argc)
            return fail_with({Code::invalid_argument, "redoubt-launcher --help lists the options"},
                             k_wrong_use);
        file = std::filesystem::absolute(argv[++i]);
    }
    auto config = read_config(file);
    if (!config) return fail_with(config.error(), k_wrong_use);
    log::set_level(config->log.level);
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(bugprone-signal-handler)
    if (const auto result = host::forbid_core_files(); !result) return fail_with(result.error(), k_failed);
    Foundation base;
    base.config = *std::move(config);
    auto manager = host::ServiceManager::connect();
    if (!manager) return fail_with(manager.error(), k_failed);
    base.service_manager = std::move(*manager);
    host::log_to_journal();
    if (const auto result = run_launcher(base); !result) {
        log::error(result.error().message);
        return k_failed;
    }
    return k_ended_well;
}

} // namespace
} // namespace redoubt::node

int main(int argc, char** argv) {
    return redoubt::node::main_of(argc, argv);
}
