// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// Each use case with each of its calls to a port, and each of its writes to the database, in turn failing or
/// being the daemon's last. Afterwards the host holds what the database says it should, no more and no less,
/// and a container that ran beside it has noticed nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "node-daemon/sandbox/pod.hpp"
#include "tests/support/node_fixture.hpp"

namespace redoubt::node::sandbox {
namespace {

using testing_support::FakeGuest;
using testing_support::Faults;
using testing_support::NodeTest;
using namespace std::chrono_literals;

constexpr std::uint64_t k_volume_bytes = 16U << 20U;

class FaultMatrix : public NodeTest {
  protected:
    /// A use case; it goes on as far as it gets.
    using Story = std::function<Task<void>(Node&)>;
    using Setup = std::function<void()>;

    void SetUp() override {
        NodeTest::SetUp();
        log::set_level(log::Level::error);
        network.names = {"redoubt"};
        node().settings.default_volume_bytes = k_volume_bytes;
        bystander_ = start_named("bystander", "kept");
        bystander_vm_ = container(bystander_).sandbox->id.str();
    }

    static ContainerSpec named(std::string name, std::string volume = {}) {
        ContainerSpec spec;
        spec.name = std::move(name);
        spec.image = "test";
        spec.command = {"sh"};
        if (!volume.empty())
            spec.mounts = {{.kind = launch::MountKind::volume, .source = std::move(volume), .target = "/v"}};
        return spec;
    }
    ContainerId start_named(std::string name, std::string volume = {}) {
        const auto id = create(named(std::move(name), std::move(volume)));
        const auto started = run(start_container(node(), id.str()));
        EXPECT_TRUE(started) << started.error().message;
        return id;
    }
    void restart() {
        stop_daemon();
        faults.clear();
        start_daemon();
        node().settings.default_volume_bytes = k_volume_bytes;
        ASSERT_TRUE(run(recover_after_restart(node())));
        // Who ended meanwhile is taken away beside it, and pods that were up come up again.
        run_until([this] {
            return std::ranges::none_of(node().containers,
                                        [this](const auto& entry) { return is_changing(*entry.second); }) &&
                   std::ranges::none_of(node().pods, [this](const auto& entry) {
                       return entry.second->sandbox && is_empty(*entry.second);
                   });
        });
    }
    bool is_empty(const Pod& pod) {
        return std::ranges::none_of(members_of(node(), pod),
                                    [](const auto& container) { return container->sandbox != nullptr; });
    }
    bool is_changing(const Container& each) {
        if (each.state == ContainerState::created) return each.pod && each.pod->record.is_wanted;
        if (each.state == ContainerState::exited) return each.sandbox || each.spec.auto_remove;
        if (each.state != ContainerState::running || !each.sandbox) return true;
        auto& processes = hypervisor.guests.at(each.sandbox->id.str())->processes;
        return processes[{each.record.id.str(), ""}].exit_code.has_value();
    }

    /// What should be on the host, and what is, as lines.
    std::set<std::string> owed() {
        std::set<std::string> lines{"bystander runs in " + bystander_vm_};
        for (const auto& [name, record] : node().volume_records)
            lines.insert({"ledger volume " + name, "file " + name + ".img"});
        for (const auto& [id, each] : node().containers) {
            lines.insert("ledger container-directory " + node().container_directory(id).native());
            lines.insert("folder " + id.str());
            if (each->state == ContainerState::created || each->state == ContainerState::exited) continue;
            const auto vm = each->sandbox ? each->sandbox->id.str() : "none of " + each->record.name;
            lines.insert({"vm " + vm, "row " + vm, "vm folder " + vm, "namespace " + vm, "attachment " + vm,
                          "ledger vm " + vm, "ledger network-namespace " + vm,
                          "ledger network-attachment " + vm,
                          "ledger runtime-directory " + (directory_ / "run" / "vm" / vm).native()});
            if (!each->pod) continue;
            lines.insert("share " + id.str());
            for (const auto& volume : each->pod->spec.volumes) {
                const auto disk = scratch_name(each->sandbox->id, volume.name);
                lines.insert({"ledger volume " + disk, "file " + disk + ".img"});
            }
        }
        return lines;
    }
    std::set<std::string> found() {
        std::set<std::string> lines;
        const auto beside = node().containers.find(bystander_);
        if (beside != node().containers.end() && beside->second->state == ContainerState::running)
            lines.insert("bystander runs in " + beside->second->sandbox->id.str());
        for (const auto& entry : ledger()) lines.insert("ledger " + entry.kind + " " + entry.name);
        for (const auto& row : sandbox_rows()) lines.insert("row " + row.id.str());
        for (const auto& row : run(node().store.members()).value())
            lines.insert("share " + row.container.str());
        for (const auto& [id, guest] : hypervisor.guests)
            if (guest->is_alive) lines.insert("vm " + id);
        for (const auto& id : network.namespaces) lines.insert("namespace " + id);
        for (const auto& [id, attached] : network.attached) lines.insert("attachment " + id);
        list("state/containers", "folder ", lines);
        list("state/volumes", "file ", lines);
        list("run/vm", "vm folder ", lines);
        return lines;
    }

    /// Every container is in a state somebody can do something with; who runs, runs.
    void expect_settled() {
        for (const auto& [id, each] : node().containers) {
            EXPECT_NE(each->state, ContainerState::starting) << each->record.name;
            EXPECT_NE(each->state, ContainerState::stopping) << each->record.name;
            EXPECT_EQ(each->state == ContainerState::running, each->sandbox != nullptr) << each->record.name;
        }
        EXPECT_EQ(found(), owed());
    }

    /// The call failed that takes something away: what it was for may stay, until the next start.
    static bool is_taking_away(const std::string& call) {
        return std::set<std::string>{"kill", "detach", "remove_namespace", "reap", "remove_container"}
                   .contains(call) ||
               call == "detach_disk" || call.contains(" forget ") || call.contains(" remove ");
    }

    void run_story(const Story& story) {
        // Shared: what a dead daemon was at ends later, when it is stopped.
        const auto is_over = std::make_shared<bool>(false);
        node().tasks.spawn(
            [](Node& on, const Story& told, std::shared_ptr<bool> over) -> asio::awaitable<void> {
                [[maybe_unused]] const auto end = co_await told(on);
                *over = true;
            }(node(), story, is_over));
        run_until([&] { return *is_over || faults.is_dead; });
        EXPECT_TRUE(*is_over || faults.is_dead) << "the story hangs, struck at " << faults.hit;
    }

    /// Returns the number of points that were tried.
    int run_points(Faults::Kind kind, const Setup& prepare, const Story& story, const Setup& check) {
        for (int number = 1;; ++number) {
            prepare();
            faults.set_at(kind, number);
            run_story(story);
            const auto hit = faults.hit;
            SCOPED_TRACE(std::format("{} at call {}: {}", name_of(kind), number, hit.empty() ? "none" : hit));
            if (kind == Faults::Kind::fail) {
                faults.set_at(kind, 0);
                if (!is_taking_away(hit)) expect_settled();
            }
            restart();
            expect_settled();
            check();
            clean_up();
            if (hit.empty() || HasFailure()) return number - 1;
        }
    }

    /// Runs the story with each fault; `check` sees the node after the restart.
    void expect_whole(const Setup& prepare, const Story& story, const Setup& check = [] {}) {
        for (const auto kind : {Faults::Kind::fail, Faults::Kind::full, Faults::Kind::die}) {
            const int points = run_points(kind, prepare, story, check);
            std::cout << points << " points " << name_of(kind) << '\n';
            if (HasFailure()) return;
        }
    }

    static std::string name_of(Faults::Kind kind) {
        switch (kind) {
        case Faults::Kind::fail: return "failing once";
        case Faults::Kind::full: return "without space";
        case Faults::Kind::die: return "deadly";
        }
        return {};
    }

    /// Only the bystander is left, and what is its own.
    void clean_up() {
        const auto containers = node().containers;
        for (const auto& [id, each] : containers) {
            if (id == bystander_) continue;
            EXPECT_TRUE(run(remove_container(node(), id.str(), RemoveMode::force)));
        }
        const auto pods = node().pods;
        for (const auto& [id, pod] : pods) EXPECT_TRUE(run(remove_pod(node(), id.str(), RemoveMode::force)));
        EXPECT_TRUE(run(prune_volumes(node(), {})));
        EXPECT_EQ(node().containers.size(), 1U);
        EXPECT_EQ(found(), owed());
    }

    std::shared_ptr<FakeGuest> guest_of(const std::string& name) {
        const auto found = find_container(node(), name);
        return found && (*found)->sandbox ? hypervisor.guests.at((*found)->sandbox->id.str()) : nullptr;
    }

  private:
    void list(const std::filesystem::path& folder, const std::string& word, std::set<std::string>& lines) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(directory_ / folder, error))
            lines.insert(word + entry.path().filename().native());
    }

    ContainerId bystander_;
    std::string bystander_vm_;
};

/// `run`: made, started, ended, and with --rm gone again.
TEST_F(FaultMatrix, RunToTheEnd) {
    const Story story = [this](Node& on) -> Task<void> {
        auto spec = named("target", "made-for-it");
        spec.auto_remove = true;
        RDT_CO_TRY(const auto id, co_await create_container(on, spec));
        RDT_CO_CHECK(co_await start_container(on, id.str()));
        if (const auto guest = guest_of("target")) {
            guest->print("hello\n");
            guest->exit_init(0);
        }
        RDT_CO_CHECK(co_await wait_container(on, id.str()));
        co_return Status{};
    };
    expect_whole([] {}, story);
}

TEST_F(FaultMatrix, CreateStartRemove) {
    const Story story = [](Node& on) -> Task<void> {
        RDT_CO_TRY(const auto id, co_await create_container(on, named("target")));
        RDT_CO_CHECK(co_await start_container(on, id.str()));
        co_return co_await remove_container(on, id.str(), RemoveMode::force);
    };
    expect_whole([] {}, story);
}

TEST_F(FaultMatrix, StopAndStartAgain) {
    const Story story = [](Node& on) -> Task<void> {
        RDT_CO_CHECK(co_await stop_container(on, "target", 0s));
        co_return co_await start_container(on, "target");
    };
    expect_whole([this] { start_named("target", "data"); }, story);
}

TEST_F(FaultMatrix, Restart) {
    const Story story = [](Node& on) -> Task<void> {
        co_return co_await restart_container(on, "target", 0s);
    };
    expect_whole([this] { start_named("target"); }, story);
}

TEST_F(FaultMatrix, Kill) {
    const Story story = [](Node& on) -> Task<void> {
        RDT_CO_CHECK(co_await kill_container(on, "target", "KILL"));
        RDT_CO_CHECK(co_await wait_container(on, "target"));
        co_return Status{};
    };
    expect_whole([this] { start_named("target"); }, story);
}

/// What changes a container that runs loses none, whatever becomes of the change.
TEST_F(FaultMatrix, ChangesWhileItRuns) {
    const Story story = [](Node& on) -> Task<void> {
        const auto paused = co_await pause_container(on, "target");
        if (paused) RDT_CO_CHECK(co_await unpause_container(on, "target"));
        LimitChanges changes;
        changes.memory_bytes = 32U << 20U;
        [[maybe_unused]] const auto updated = co_await update_container(on, "target", changes);
        RDT_CO_CHECK(co_await resize_volume(on, "data", 2 * k_volume_bytes));
        RDT_CO_TRY(const auto session,
                   co_await exec_in_container(on, {.container = "target", .command = {"ls"}}));
        co_return co_await rename_container(on, "target", "renamed");
    };
    const Setup check = [this] {
        auto target = find_container(node(), "target");
        if (!target) target = find_container(node(), "renamed");
        ASSERT_TRUE(target);
        EXPECT_EQ((*target)->state, ContainerState::running);
        // Whatever was left half-done: it can be used.
        if ((*target)->sandbox->facts.is_paused) {
            EXPECT_TRUE(run(unpause_container(node(), (*target)->record.id.str())));
        }
        EXPECT_FALSE(hypervisor.guests.at((*target)->sandbox->id.str())->is_paused);
    };
    expect_whole([this] { start_named("target", "data"); }, story, check);
}

/// A pod is made, comes up, is stopped and goes.
TEST_F(FaultMatrix, Pods) {
    const Story story = [](Node& on) -> Task<void> {
        PodSpec pod;
        pod.name = "pod";
        pod.volumes = {{.name = "scratch", .kind = launch::PodVolumeKind::disk}};
        RDT_CO_TRY(const auto id, co_await create_pod(on, std::move(pod)));
        for (const std::string name : {"one", "two"}) {
            auto spec = named(name, name == "one" ? "data" : "");
            spec.pod = id.str();
            RDT_CO_CHECK(co_await create_container(on, std::move(spec)));
        }
        RDT_CO_CHECK(co_await start_pod(on, "pod"));
        RDT_CO_CHECK(co_await stop_pod(on, "pod", 0s));
        co_return co_await remove_pod(on, "pod", RemoveMode::force);
    };
    expect_whole([] {}, story);
}

/// One container of a pod ends and starts again; the other has noticed nothing.
TEST_F(FaultMatrix, AContainerOfAPod) {
    const Setup prepare = [this] {
        PodSpec pod;
        pod.name = "pod";
        ASSERT_TRUE(run(create_pod(node(), std::move(pod))));
        for (const std::string name : {"one", "two"}) {
            auto spec = named(name);
            spec.pod = "pod";
            ASSERT_TRUE(run(create_container(node(), std::move(spec))));
        }
        const auto started = run(start_pod(node(), "pod"));
        ASSERT_TRUE(started) << started.error().message;
    };
    const Story story = [](Node& on) -> Task<void> {
        RDT_CO_CHECK(co_await stop_container(on, "one", 0s));
        co_return co_await start_container(on, "one");
    };
    const Setup check = [this] {
        EXPECT_EQ((*find_container(node(), "two"))->state, ContainerState::running);
    };
    expect_whole(prepare, story, check);
}

TEST_F(FaultMatrix, Volumes) {
    const Story story = [](Node& on) -> Task<void> {
        VolumeRequest request;
        request.name = "data";
        RDT_CO_CHECK(co_await create_volume(on, request));
        RDT_CO_CHECK(co_await resize_volume(on, "data", 2 * k_volume_bytes));
        co_return co_await remove_volume(on, "data", RemoveVolumeMode::only_unused);
    };
    expect_whole([] {}, story);
}

TEST_F(FaultMatrix, AVolumeWithoutANameGoesWithItsContainer) {
    faults.dies_at = "after remove container";
    const Story story = [this](Node& on) -> Task<void> {
        auto spec = named("target");
        spec.auto_remove = true;
        spec.mounts = {{.kind = launch::MountKind::volume, .source = {}, .target = "/v"}};
        RDT_CO_TRY(const auto id, co_await create_container(on, spec));
        RDT_CO_CHECK(co_await start_container(on, id.str()));
        guest_of("target")->exit_init(0);
        RDT_CO_CHECK(co_await wait_container(on, id.str()));
        co_return Status{};
    };
    run_story(story);
    ASSERT_TRUE(faults.is_dead);
    restart();
    EXPECT_EQ(node().volume_records.size(), 1U) << "the bystander's";
    EXPECT_EQ(found(), owed());
}

/// A daemon that dies while it tidies up after one that died.
TEST_F(FaultMatrix, Recovery) {
    const Story dying = [](Node& on) -> Task<void> {
        auto spec = named("target", "data");
        spec.auto_remove = true;
        RDT_CO_TRY(const auto id, co_await create_container(on, spec));
        co_return co_await start_container(on, id.str());
    };
    for (const std::string last : {"after note vm", "connect", "after save container"}) {
        for (int number = 1;; ++number) {
            SCOPED_TRACE(std::format("died at {}, then at call {} of the recovery", last, number));
            faults.dies_at = last;
            run_story(dying);
            ASSERT_TRUE(faults.is_dead);
            stop_daemon();
            faults.clear();
            start_daemon();
            node().settings.default_volume_bytes = k_volume_bytes;
            // What it does now is not remembered.
            faults.set_at(Faults::Kind::full, number);
            [[maybe_unused]] const auto recovered = run(recover_after_restart(node()));
            const bool is_over = faults.hit.empty();
            restart();
            expect_settled();
            clean_up();
            if (is_over || HasFailure()) break;
        }
    }
}

} // namespace
} // namespace redoubt::node::sandbox
