// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <format>
#include <system_error>
#include <utility>

#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {
namespace {

/// The guest's own files, over which a container may write: what it writes goes when this does.
class Stage {
  public:
    static Result<Stage> make(const std::filesystem::path& folder) {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (error) return fail(Code::internal, "make {}: {}", folder.native(), error.message());
        if (::mount("tmpfs", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=700") != 0)
            return fail_errno(errno, "mount a tmpfs at {}", folder.native());
        Stage stage(folder);
        for (const char* name : {"upper", "work", "rootfs"}) {
            std::filesystem::create_directory(folder / name, error);
            if (error) return fail(Code::internal, "make {}/{}: {}", folder.native(), name, error.message());
        }
        const auto options = std::format("lowerdir=/,upperdir={0}/upper,workdir={0}/work", folder.native());
        if (::mount("overlay", stage.root().c_str(), "overlay", 0, options.c_str()) != 0)
            return fail_errno(errno, "mount an overlay at {}", stage.root());
        stage.has_root_ = true;
        return stage;
    }
    ~Stage() {
        if (folder_.empty()) return;
        if (has_root_) ::umount2(root().c_str(), MNT_DETACH);
        ::umount2(folder_.c_str(), MNT_DETACH);
        std::error_code ignored;
        std::filesystem::remove(folder_, ignored);
    }
    Stage(Stage&& other) noexcept
        : folder_(std::exchange(other.folder_, {})), has_root_(std::exchange(other.has_root_, false)) {}
    Stage& operator=(Stage&&) = delete;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    [[nodiscard]] std::string root() const { return (folder_ / "rootfs").native(); }

  private:
    explicit Stage(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::filesystem::path folder_;
    bool has_root_ = false;
};

} // namespace

Task<void> Sandbox::rehearse(ContainerRequest request) {
    if (request_) co_return fail(Code::failed_precondition, "the sandbox exists already");
    if (!request.storages.empty() || !request.devices.empty())
        co_return fail(Code::invalid_argument, "a rehearsal has neither storages nor devices");
    RDT_CO_TRY(const auto stage, Stage::make(options_.base / "rehearsal"));
    request.spec.root_path = stage.root();
    auto done = co_await run_to_its_end(std::move(request));
    RDT_CO_CHECK(co_await destroy());
    co_return std::move(done).transform_error(context("rehearsal"));
}

Task<void> Sandbox::run_to_its_end(ContainerRequest request) {
    const auto id = request.id;
    SandboxRequest sandbox{
        .id = SandboxId("rehearsal"), .hostname = "rehearsal", .dns = {"192.0.2.1"}, .storages = {}};
    RDT_CO_CHECK(co_await create(std::move(sandbox)));
    RDT_CO_CHECK(co_await create_container(std::move(request)));
    RDT_CO_CHECK(co_await start_container(id));
    RDT_CO_TRY(const auto process, find_process(id, {}));
    std::ignore = co_await process->wait();
    co_return co_await remove_container(id, std::chrono::seconds(0));
}

} // namespace redoubt::guest::sandbox
