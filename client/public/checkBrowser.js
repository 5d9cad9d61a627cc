// Plain old JavaScript: shows the page only where modules, module Workers and WebAssembly exist.
(function () {
  var hasModuleWorkers = false;
  var probe = Object.defineProperty({}, 'type', {
    get: function () {
      hasModuleWorkers = true;
      return 'module';
    },
  });
  try {
    // The address is none: a browser that knows the option reads it, and then fails.
    probe = new Worker('http://[', probe);
  } catch (error) {
    probe = error;
  }
  if (hasModuleWorkers && typeof WebAssembly === 'object' && 'noModule' in HTMLScriptElement.prototype) {
    document.getElementById('unsupported').hidden = true;
    document.getElementById('page').hidden = false;
    document.getElementById('foot').hidden = false;
    document.getElementById('reload').addEventListener('click', function () {
      location.reload();
    });
    // The page's own script sets it, unless the server has that no more.
    addEventListener('load', function () {
      if (!window.minnow) document.getElementById('older').hidden = false;
    });
  } else {
    document.documentElement.setAttribute('data-state', 'unsupported');
    document.getElementById('status').textContent = 'Not supported';
  }
})();
