// The pictures of cameras: each plays a stream, says in words when it stops, and tries again slowly.
"use strict";

(() => {
  const MOST = 4; // pictures that play at once, however many stand on the page
  const LOOK = 500; // ms between two looks at every picture
  const FIRST = 8000; // ms until the first frame, or the stream is dead
  const STILL = 5000; // ms without a new frame, or it is dead
  const STALE = 7000; // ms without a new part in a live playlist, or it is dead
  const RESTS = [15000, 30000, 60000, 120000, 300000]; // ms until the next try, longer each time

  const twice = {maxNumRetry: 2, retryDelayMs: 1000, maxRetryDelayMs: 1000};
  const patience = (most) => ({
    default: {maxTimeToFirstByteMs: most, maxLoadTimeMs: most, timeoutRetry: null, errorRetry: twice},
  });
  const OPTIONS = {
    enableWorker: false, // the page's policy lets no worker be made of a text
    liveSyncDurationCount: 2,
    maxBufferLength: 10,
    backBufferLength: 10,
    manifestLoadPolicy: patience(4000),
    playlistLoadPolicy: patience(4000),
    fragLoadPolicy: patience(6000),
  };

  const players = new Set();
  const inView = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) target.isInView = isIntersecting;
    arrange();
  });

  // The first pictures that can be seen play; the others wait.
  function arrange() {
    let free = document.hidden ? 0 : MOST;
    const isAfter = Node.DOCUMENT_POSITION_FOLLOWING;
    const inOrder = [...players].sort((a, b) => (a.compareDocumentPosition(b) & isAfter ? -1 : 1));
    for (const player of inOrder) {
      if (player.isResting) continue;
      if (player.isInView && free > 0) {
        free -= 1;
        player.play();
      } else player.wait();
    }
  }

  function report(camera_id, reason) {
    const body = JSON.stringify({camera_id, reason});
    const headers = {"Content-Type": "application/json"};
    // Where the server does not hear it, this reader's own network may be what failed.
    fetch("camera-check", {method: "POST", headers, body}).catch(() => {});
  }

  class CameraPlayer extends HTMLElement {
    connectedCallback() {
      this.isInView = this.isResting = false;
      this.deaths = 0;
      this.video = this.querySelector("video");
      this.words = this.querySelector("[role=status]");
      if (!this.video) return;
      this.video.muted = this.video.autoplay = true; // without a sound it may begin by itself
      players.add(this);
      inView.observe(this);
      this.tell("waiting");
    }

    disconnectedCallback() {
      inView.unobserve(this);
      players.delete(this);
      clearTimeout(this.rest);
      this.stop();
      arrange();
    }

    play() {
      if (this.isPlaying) return;
      this.isPlaying = true;
      this.frames = 0;
      this.hasPicture = false;
      this.newest = this.last = this.began = performance.now();
      this.tell("loading");
      if (window.Hls?.isSupported()) this.load();
      else this.video.src = this.dataset.stream; // Safari plays it without help
    }

    load() {
      this.hls = new Hls(OPTIONS);
      this.part = -1;
      this.hls.on(Hls.Events.LEVEL_LOADED, (_event, {details}) => {
        if (details.live && details.endSN === this.part) return;
        this.part = details.endSN;
        this.newest = details.live ? performance.now() : Infinity;
      });
      this.hls.on(Hls.Events.ERROR, (_event, {fatal, type}) => {
        if (fatal) this.die(type === Hls.ErrorTypes.NETWORK_ERROR ? "network" : "decode");
      });
      this.hls.loadSource(this.dataset.stream);
      this.hls.attachMedia(this.video);
    }

    look() {
      if (!this.isPlaying) return;
      const now = performance.now();
      const frames = this.video.getVideoPlaybackQuality().totalVideoFrames;
      if (frames > this.frames) {
        this.frames = frames;
        this.last = now;
        if (!this.hasPicture) this.live();
      }
      if (now - this.last > (this.hasPicture ? STILL : FIRST)) this.die("still");
      else if (this.hasPicture && now - this.newest > STALE) this.die("still");
    }

    live() {
      this.hasPicture = true;
      this.deaths = 0;
      this.tell("playing");
      report(this.dataset.camera, "seen");
    }

    die(reason) {
      if (!this.isPlaying) return;
      this.stop();
      this.isResting = true;
      this.tell("dead");
      report(this.dataset.camera, reason);
      const pause = RESTS[Math.min(this.deaths, RESTS.length - 1)];
      this.deaths += 1;
      this.rest = setTimeout(() => {
        this.isResting = false;
        arrange();
      }, pause);
      arrange();
    }

    wait() {
      if (!this.isPlaying) return;
      this.stop();
      this.tell("waiting");
    }

    stop() {
      this.isPlaying = this.hasPicture = false;
      this.hls?.destroy();
      this.hls = null;
      this.video?.pause();
      this.video?.removeAttribute("src");
      this.video?.load();
    }

    // A dead stream stays dead in words until a frame comes again.
    tell(state) {
      if (state !== "dead" && state !== "playing" && this.deaths > 0) return;
      const time = new Date().toLocaleTimeString("en-GB", {timeZone: this.dataset.zone});
      this.dataset.state = state;
      this.words.textContent = this.dataset[state].replace("{time}", time);
    }
  }

  document.addEventListener("visibilitychange", arrange);
  setInterval(() => { for (const player of players) player.look(); }, LOOK);
  customElements.define("camera-player", CameraPlayer);
})();
